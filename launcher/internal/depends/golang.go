package depends

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"devrun/config"
)

// goModules finds the module that the Go code in dir belongs to, and the folders that
// stand for other modules: by a replace directive, or in the go.work around them.
// Which packages of a module are imported changes with each edit, so all count.
func goModules(s *search, dir string) {
	if !exists(dir, "go.mod", "*.go", "cmd/*/*.go", "cmd/*.go") {
		return
	}
	module := s.nearest(dir, "go.mod")
	if module == "" {
		return
	}
	path := filepath.Join(module, "go.mod")
	if module != dir {
		s.add(Folder{Dir: module, Via: path})
	}
	if data, err := config.ReadFile(path); err == nil {
		if file, err := modfile.Parse(path, data, nil); err == nil {
			s.addReplaced(module, file.Replace, path)
		}
	}
	work := s.nearest(module, "go.work")
	if work == "" {
		return
	}
	path = filepath.Join(work, "go.work")
	if data, err := config.ReadFile(path); err == nil {
		if file, err := modfile.ParseWork(path, data, nil); err == nil {
			for _, use := range file.Use {
				s.add(Folder{Dir: inFolder(work, use.Path), Via: path})
			}
			s.addReplaced(work, file.Replace, path)
		}
	}
}

// addReplaced adds the folders of replace directives.
func (s *search) addReplaced(dir string, replaced []*modfile.Replace, via string) {
	for _, r := range replaced {
		if modfile.IsDirectoryPath(r.New.Path) {
			s.add(Folder{Dir: inFolder(dir, r.New.Path), Via: via, Named: true})
		}
	}
}

// nearest is the folder at or above dir that has a file of that name; "" for none.
func (s *search) nearest(dir, name string) string {
	for at := range s.above(dir) {
		if _, err := os.Stat(filepath.Join(at, name)); err == nil {
			return at
		}
	}
	return ""
}

// inFolder is a path as a manifest in dir means it.
func inFolder(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
