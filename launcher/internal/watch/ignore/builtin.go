package ignore

import (
	"path/filepath"
	"slices"
	"strings"
)

// ProbePrefix begins the name of a file that is written to test whether events
// arrive.
const ProbePrefix = ".devrun-probe-"

// builtin returns the pattern of the built-in rule that ignores a name, or "".
// These are never a project's own sources: version control, installed packages,
// caches and outputs of tools, and short-lived files of editors. No ignore file
// can take them back, since an allow list such as "*" and "!*/" would bring
// node_modules with it; a path that the user names can. name is the last of path.
func builtin(path, name string, isDir bool) string {
	switch {
	case name == ".git": // a folder, and a file in linked worktrees and submodules
		return name
	case !isDir:
		return builtinFile(name)
	case isToolFolder(name):
		return name + "/"
	}
	return toolSubfolder(path, name)
}

func isToolFolder(name string) bool {
	switch name {
	case ".hg", ".svn", ".bzr", ".jj", ".direnv", ".idea", ".vs", ".fleet", ".history",
		".terraform", ".vagrant", ".serverless", ".aws-sam", ".vercel", ".netlify", ".wrangler", ".sst",
		"node_modules", "bower_components", ".pnpm-store", ".parcel-cache", ".docusaurus", ".svelte-kit", ".next", ".nuxt", ".nitro",
		".angular", ".turbo", ".nx", ".vinxi", ".vite", ".astro", ".expo", ".tanstack", ".contentlayer", ".swc", ".nyc_output",
		".sass-cache", ".jekyll-cache", ".shadow-cljs", ".cpcache",
		"__pycache__", "__pypackages__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
		".eggs", ".tox", ".nox", ".venv", ".pixi",
		".gradle", ".kotlin", ".bloop", ".metals", ".dart_tool", ".stack-work", "dist-newstyle", ".zig-cache", "zig-cache", ".elixir_ls":
		return true
	}
	return false
}

// toolSubfolder is the rule for a folder that a tool makes in the folder of its
// settings.
func toolSubfolder(path, name string) string {
	parents := ""
	switch name {
	case "cache":
		parents = ".vitepress .vuepress .yarn"
	case "dist", ".cache", ".temp":
		parents = ".vitepress .vuepress"
	case "unplugged":
		parents = ".yarn"
	default:
		return ""
	}
	parent := filepath.Base(filepath.Dir(path))
	if !slices.Contains(strings.Fields(parents), parent) {
		return ""
	}
	return parent + "/" + name + "/"
}

func builtinFile(name string) string {
	switch name {
	case "4913", "5036", // vim tries whether it may create files
		".DS_Store", "Thumbs.db", "desktop.ini",
		".eslintcache", ".stylelintcache", ".coverage":
		return name
	}
	if name[0] == '.' {
		if rule := builtinDotFile(name); rule != "" {
			return rule
		}
	}
	ending := ""
	switch name[len(name)-1] {
	case '~':
		return "*~"
	case '_':
		if ending = "___jb_tmp___"; strings.HasSuffix(name, "___jb_old___") {
			ending = "___jb_old___"
		}
	case 'c':
		ending = ".pyc"
	case 'o':
		ending = ".tsbuildinfo"
	case 'p':
		ending = ".kate-swp"
	case 's':
		if strings.HasSuffix(name, "js") {
			return configCopy(name)
		}
	}
	if ending != "" && strings.HasSuffix(name, ending) {
		return "*" + ending
	}
	if len(name) > 1 && name[0] == '#' && name[len(name)-1] == '#' { // emacs: autosave
		return "#*#"
	}
	if n := len(name); n > 4 && name[n-4:n-1] == ".sw" {
		switch c := name[n-1]; {
		case c == 'p' || c == 'o' || c == 'x':
			return "*.sw[pox]"
		case name[0] == '.' && 'a' <= c && c <= 'z':
			return ".*.sw[a-z]"
		}
	}
	if i := strings.LastIndex(name, ".go."); i > 0 && allDigits(name[i+4:]) { // gofmt -w
		return "*.go.<digits>"
	}
	return ""
}

func builtinDotFile(name string) string {
	for _, start := range [...]string{
		".#",              // emacs: lock
		".goutputstream-", // gedit, by GLib
		".~lock.",         // LibreOffice
		".nfs0",           // a deleted file that is still open
		ProbePrefix,
	} {
		if strings.HasPrefix(name, start) {
			return start + "*"
		}
	}
	return ""
}

// configCopy is the rule for the bundled copy of a config file, through which
// vite and vinxi read it.
func configCopy(name string) string {
	at := strings.LastIndex(name, ".timestamp")
	if at < 0 {
		return ""
	}
	rest := name[at+len(".timestamp"):]
	stamp, ext, _ := strings.Cut(rest[min(1, len(rest)):], ".")
	digits, _, _ := strings.Cut(stamp, "-")
	switch {
	case !allDigits(digits) || ext != "js" && ext != "mjs" && ext != "cjs":
		return ""
	case rest[0] == '-':
		return "*.timestamp-*." + ext
	case rest[0] == '_':
		return "*.timestamp_<digits>." + ext
	}
	return ""
}

// builtinLast returns the pattern of the built-in rule that ignores a name when no
// other rule matches, or "". A service writes such files while it runs, but a
// project may give these names to its own.
func builtinLast(name string, isDir bool) string {
	if isDir {
		switch name {
		case ".cache", ".output", ".build", "_build", "appendonlydir":
			return name + "/"
		}
		return ""
	}
	switch name {
	case "nohup.out", "dump.rdb":
		return name
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return ""
	}
	switch ext := name[dot:]; {
	case ext == ".log", ext == ".pid", ext == ".aof":
		return "*" + ext
	case ext == ".rdb" && strings.HasPrefix(name, "temp-"):
		return "temp-*.rdb" // redis, before it renames it
	case strings.IndexByte(ext, '-') < 0:
	case strings.HasSuffix(ext, "-wal"), strings.HasSuffix(ext, "-shm"), strings.HasSuffix(ext, "-journal"): // SQLite
		return "*.*" + ext[strings.LastIndexByte(ext, '-'):]
	}
	return ""
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
