// Package gitdir finds git repositories and reads git's own small files, in the
// format of gitrepository-layout(5). It runs no git.
package gitdir

import (
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds the size of git's own small files.
const maxFile = 1 << 16

// Top returns the top of the work tree around dir, which is the nearest folder
// with a .git; "" for none and for a dir that is not absolute.
func Top(dir string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if filepath.Dir(at) == at {
			return ""
		}
	}
}

// Of returns the git folder of the repository whose work tree has its top at
// top; "" for none.
func Of(top string) string {
	git := target(top)
	if git == "" {
		git = filepath.Join(top, ".git")
	}
	if _, err := os.Lstat(filepath.Join(git, "HEAD")); err != nil {
		return ""
	}
	return git
}

// target returns the folder that a .git file names, as linked work trees and
// submodules have one; "" where .git is not such a file.
func target(top string) string {
	path, ok := strings.CutPrefix(firstLine(filepath.Join(top, ".git")), "gitdir: ")
	switch {
	case !ok:
		return ""
	case filepath.IsAbs(path):
		return path
	}
	return filepath.Join(top, path)
}

// Common returns the folder that all work trees of a repository share, for the
// git folder of one of them.
func Common(git string) string {
	path := firstLine(filepath.Join(git, "commondir"))
	switch {
	case path == "":
		return git
	case filepath.IsAbs(path):
		return path
	}
	return filepath.Join(git, path)
}

// LinkedTo returns the name of the repository that the work tree at top is a
// linked one of; "" for any other, a submodule's too. It reads the .git file
// only: in a container the repository itself is often absent.
func LinkedTo(top string) string {
	worktrees := filepath.Dir(target(top)) // REPO/.git/worktrees
	if top == "" || filepath.Base(worktrees) != "worktrees" {
		return ""
	}
	store := filepath.Dir(worktrees)
	if filepath.Base(store) == ".git" {
		store = filepath.Dir(store)
	}
	return strings.TrimSuffix(filepath.Base(store), ".git")
}

// Branch returns the branch that is checked out in the work tree around dir, the
// first digits of a commit that is checked out by itself, and "" outside of a
// work tree.
func Branch(dir string) string {
	top := Top(dir)
	if top == "" || Of(top) == "" {
		return ""
	}
	head := firstLine(filepath.Join(Of(top), "HEAD"))
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		return strings.TrimPrefix(ref, "refs/heads/")
	}
	const shortCommit = 7
	if len(head) >= 40 && strings.Trim(head, "0123456789abcdef") == "" {
		return head[:shortCommit]
	}
	return ""
}

// firstLine returns the first line of a small regular file, and "" for anything
// else: in another user's folder the file may be a pipe.
func firstLine(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}
