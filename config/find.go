package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the name of the file.
const FileName = "devrun.yaml"

// OtherFileName is its alternative name.
const OtherFileName = "devrun.yml"

// Find returns the devrun.yaml of a folder: the one in it, or in the nearest folder
// above, up to the git root. Outside of git it searches up to the home folder, or
// up to the root of the file system if the folder is not below home. It returns ""
// if there is none. It returns an *Error if both devrun.yaml and devrun.yml exist,
// and for a file above that another user may have put into a folder such as /tmp
// that anyone can write to: its commands are not ours to run.
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

// findIn searches one folder.
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

// exists reports whether there is anything at path. Load finds out whether it is a
// file that can be read.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}
