package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is what the file is called.
const FileName = "devrun.yaml"

// OtherFileName is what it may be called as well.
const OtherFileName = "devrun.yml"

// Find returns the devrun.yaml of a folder: the one in it, or in the nearest
// folder above, up to the git root. Outside of git it looks up to the home
// folder, or to the root of the file system for what is not in there. It
// returns "" when there is none. It returns an *Error where devrun.yaml and
// devrun.yml stand side by side, and for one above that another user may have
// put into a folder open to all, such as /tmp: its commands are not ours to run.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", FileName, err)
	}
	home, _ := os.UserHomeDir()
	resolved, _ := filepath.EvalSymlinks(home)
	for at := dir; ; at = filepath.Dir(at) {
		path, err := findIn(at)
		if path != "" && at != dir && planted(path) {
			return "", whole(path, "belongs to another user, in a folder that anyone can write to; use --config to run it anyway", nil)
		}
		if path != "" || err != nil {
			return path, err
		}
		if exists(filepath.Join(at, ".git")) || at == home || at == resolved || at == filepath.Dir(at) {
			return "", nil
		}
	}
}

// findIn looks in one folder.
func findIn(dir string) (string, error) {
	path, other := filepath.Join(dir, FileName), filepath.Join(dir, OtherFileName)
	switch here, also := exists(path), exists(other); {
	case here && also:
		return "", whole(path, "there is also a "+OtherFileName+"; a project has one file, so remove one of the two", nil)
	case here:
		return path, nil
	case also:
		return other, nil
	}
	return "", nil
}

// exists reports whether something stands at path. What it is, and whether it
// can be read, is found out by Load, which says so.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}
