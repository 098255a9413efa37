package address

import (
	"cmp"
	"path/filepath"

	"devrun/config"
	"devrun/launcher/internal/gitdir"
)

// Project is the folder that services belong to; remembered ports are kept for
// each by its folder.
type Project struct {
	Name string // the same on every machine of a team
	Dir  string // absolute, symbolic links resolved
}

// FindProject returns the project of dir: the git work tree around it, else dir
// itself. A linked work tree adds its own name to the repository's, so that two
// of them do not share ports.
func FindProject(dir string) Project {
	dir = resolved(dir)
	top := gitdir.Top(dir)
	if top == "" {
		return Project{Name: filepath.Base(dir), Dir: dir}
	}
	p := Project{Name: filepath.Base(top), Dir: top}
	if repository := gitdir.LinkedTo(top); repository != "" {
		p.Name = repository + "/" + p.Name
	}
	return p
}

// ProjectOf returns the project of a file: its folder, with the name that the
// file gives. A linked work tree adds its own name.
func ProjectOf(file *config.File) Project {
	dir := resolved(file.Dir)
	p := Project{Name: cmp.Or(file.Name, filepath.Base(dir)), Dir: dir}
	if top := gitdir.Top(dir); gitdir.LinkedTo(top) != "" {
		p.Name += "/" + filepath.Base(top)
	}
	return p
}

func resolved(dir string) string {
	if path, err := filepath.EvalSymlinks(dir); err == nil {
		return path
	}
	return dir
}
