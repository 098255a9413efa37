package ignore

import "strings"

// builtin returns the pattern of the built-in rule that ignores a name, or "".
// These are never a project's own sources: version control, installed
// packages, caches of tools, and short-lived files of editors. No ignore
// file can take them back, since an allow list such as "*" and "!*/" would
// bring node_modules with it; a watched path that is named explicitly can.
func builtin(name string, isDir bool) string {
	switch name {
	case ".git": // a folder, and a file in linked worktrees and submodules
		return name
	case ".hg", ".svn", ".bzr", ".jj", "node_modules", "__pycache__", ".mypy_cache",
		".pytest_cache", ".ruff_cache", ".tox", ".nox", ".venv", ".idea", ".direnv":
		if isDir {
			return name + "/"
		}
		return ""
	}
	if isDir {
		return ""
	}
	return builtinFile(name)
}

func builtinFile(name string) string {
	switch name {
	case "4913", "5036", // vim tries whether it may create files
		".DS_Store", "Thumbs.db", "desktop.ini":
		return name
	}
	switch {
	case strings.HasSuffix(name, "~"):
		return "*~"
	case strings.HasPrefix(name, ".#"): // emacs: lock
		return ".#*"
	case len(name) > 1 && name[0] == '#' && name[len(name)-1] == '#': // emacs: autosave
		return "#*#"
	case strings.HasSuffix(name, "___jb_tmp___"):
		return "*___jb_tmp___"
	case strings.HasSuffix(name, "___jb_old___"):
		return "*___jb_old___"
	case strings.HasPrefix(name, ".goutputstream-"): // gedit, by GLib
		return ".goutputstream-*"
	case strings.HasPrefix(name, ".~lock."): // LibreOffice
		return ".~lock.*"
	case strings.HasPrefix(name, ".nfs0"): // a deleted file that is still open
		return ".nfs0*"
	case strings.HasPrefix(name, ProbePrefix):
		return ProbePrefix + "*"
	case strings.HasSuffix(name, ".pyc"):
		return "*.pyc"
	case strings.HasSuffix(name, ".kate-swp"):
		return "*.kate-swp"
	}
	if n := len(name); n > 4 && name[n-4:n-1] == ".sw" {
		switch c := name[n-1]; {
		case c == 'p' || c == 'o' || c == 'x':
			return "*.sw[pox]"
		case name[0] == '.' && 'a' <= c && c <= 'z':
			return ".*.sw[a-z]"
		}
	}
	if i := strings.LastIndex(name, ".go."); i > 0 && name[i+4:] != "" && strings.Trim(name[i+4:], "0123456789") == "" { // gofmt -w
		return "*.go.<digits>"
	}
	if strings.Contains(name, ".timestamp-") && strings.HasSuffix(name, ".mjs") { // vite reads its config through it
		return "*.timestamp-*.mjs"
	}
	return ""
}

// builtinLast returns the pattern of the built-in rule that ignores a name when no
// other rule matches, or "": a log is most often this very service's output.
func builtinLast(name string, isDir bool) string {
	switch {
	case isDir:
	case strings.HasSuffix(name, ".log"):
		return "*.log"
	case name == "nohup.out":
		return name
	}
	return ""
}

// ProbePrefix begins the name of a file that is written to test whether events
// arrive.
const ProbePrefix = ".devrun-probe-"
