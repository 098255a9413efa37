package service

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// lacking has, for what programs print when a package is not installed, the
// folders that it would be installed to, below the service's folder or one above.
var lacking = []struct {
	printed *regexp.Regexp
	folders []string
}{
	{regexp.MustCompile(`Cannot find (module|package) |ERR_MODULE_NOT_FOUND|Could not resolve "`), []string{"node_modules"}},
	{regexp.MustCompile(`ModuleNotFoundError|No module named`), []string{".venv", "venv", ".venv/lib/python*/site-packages", "venv/lib/python*/site-packages"}},
	{regexp.MustCompile(`cannot load such file|Bundler::GemNotFound|Could not find .* in (any of the sources|locally installed gems)`), []string{"vendor", "vendor/bundle"}},
	{regexp.MustCompile(`vendor/autoload\.php|inconsistent vendoring`), []string{"vendor"}},
	{regexp.MustCompile(`Unchecked dependencies for environment`), []string{"deps"}},
	{regexp.MustCompile(`ClassNotFoundException|NoClassDefFoundError|Could not find or load main class|Unable to access jarfile`), []string{"target", "build", "build/libs"}},
	{regexp.MustCompile(`: (command )?not found$`), []string{"node_modules", "node_modules/.bin", ".venv", ".venv/bin", "venv/bin", "vendor/bin"}},
}

// packageFolders are the folders of packages that the output of a command names as
// lacking, in dir and the folders above it up to top.
func packageFolders(lines []string, dir, top string) []string {
	var folders []string
	for _, l := range lacking {
		if !slices.ContainsFunc(lines, func(line string) bool { return l.printed.MatchString(strings.TrimSpace(line)) }) {
			continue
		}
		for at := dir; ; at = filepath.Dir(at) {
			for _, folder := range l.folders {
				path := filepath.Join(at, filepath.FromSlash(folder))
				if !strings.Contains(folder, "*") {
					folders = append(folders, path)
				} else if found, err := filepath.Glob(path); err == nil {
					folders = append(folders, found...)
				}
			}
			if at == top || !isIn(at, top) {
				break
			}
		}
	}
	return folders
}

// awaitPackages has the arrival of packages count as a change while the service
// does not run, if its last attempt failed for want of some; nil is no attempt.
func (w *watching) awaitPackages(a *attempt) {
	if w.watcher == nil || w.end == nil {
		return
	}
	var folders []string
	if a != nil {
		folders = packageFolders(a.tail.Lines(), w.svc.Dir, w.env.Project.Dir)
	}
	if folders != nil || w.awaiting {
		w.awaiting = folders != nil
		w.watcher.Expect(folders)
	}
}
