package launcher

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"devrun/config"
)

// Project is the folder that services belong to: it scopes remembered ports.
type Project struct {
	Name string // the same on every machine of a team
	Dir  string // absolute, symbolic links resolved
}

// FindProject returns the project that dir lies in: the git work tree around
// it, else dir itself. A linked work tree adds its own name to the
// repository's, so that two of them do not share ports.
func FindProject(dir string) Project {
	dir = resolved(dir)
	top, repository := workTree(dir)
	switch {
	case top == "":
		return Project{Name: filepath.Base(dir), Dir: dir}
	case repository != "":
		return Project{Name: repository + "/" + filepath.Base(top), Dir: top}
	}
	return Project{Name: filepath.Base(top), Dir: top}
}

// ProjectOf returns the project of a file: the folder that it stands in, by the
// name that it gives. A linked work tree adds its own name.
func ProjectOf(file *config.File) Project {
	dir := resolved(file.Dir)
	p := Project{Name: cmp.Or(file.Name, filepath.Base(dir)), Dir: dir}
	if top, repository := workTree(dir); repository != "" {
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

// workTree returns the top of the git work tree around dir, "" for none, and the
// name of the repository that it is a linked work tree of, "" for none.
func workTree(dir string) (top, repository string) {
	for at := dir; ; at = filepath.Dir(at) {
		git := filepath.Join(at, ".git")
		if info, err := os.Lstat(git); err == nil {
			repository, _ = linkedTo(git, info)
			return at, repository
		}
		if filepath.Dir(at) == at {
			return "", ""
		}
	}
}

// linkedTo returns the name of the repository whose linked work tree has the
// .git file git. A submodule's .git file is none: it points into modules/.
// The format is gitrepository-layout(5).
func linkedTo(git string, info os.FileInfo) (string, bool) {
	if !info.Mode().IsRegular() || info.Size() > 4096 {
		return "", false
	}
	data, err := os.ReadFile(git)
	if err != nil {
		return "", false
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir: ")
	if !ok {
		return "", false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(git), target)
	}
	worktrees := filepath.Dir(filepath.Clean(target)) // REPO/.git/worktrees
	if filepath.Base(worktrees) != "worktrees" {
		return "", false
	}
	store := filepath.Dir(worktrees)
	if filepath.Base(store) == ".git" {
		store = filepath.Dir(store)
	}
	return strings.TrimSuffix(filepath.Base(store), ".git"), true
}
