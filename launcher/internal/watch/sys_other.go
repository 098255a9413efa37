//go:build !linux

package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func openDir(path string) (*os.File, error) { return os.Open(path) }

func openFile(path string, follow bool) (*os.File, error) { return os.Open(path) }

// lstat and the functions like it return kindAbsent for a missing path. There is
// no change time here, so the modification time is used for it.

func lstat(path string) (meta, error) { return metaOf(os.Lstat(path)) }

func stat(path string) (meta, error) { return metaOf(os.Stat(path)) }

func fstat(f *os.File) (meta, error) { return metaOf(f.Stat()) }

func lstatIn(dir *os.File, name string) (meta, error) {
	return lstat(filepath.Join(dir.Name(), name))
}

func metaOf(fi fs.FileInfo, err error) (meta, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return meta{}, nil
	}
	if err != nil {
		return meta{}, err
	}
	t := fi.ModTime().UnixNano()
	m := meta{kind: kindOther, size: fi.Size(), mtime: t, ctime: t}
	switch {
	case fi.Mode().IsRegular():
		m.kind, m.exec = kindFile, fi.Mode()&0o111 != 0
	case fi.IsDir():
		m.kind = kindDir
	case fi.Mode()&fs.ModeSymlink != 0:
		m.kind = kindLink
	}
	return m, nil
}

// openElsewhere cannot be determined here; settling has to do.
func openElsewhere(string) bool { return false }

// birth is not asked for here.
func birth(string) int64 { return 0 }

// polledMounts returns none: network file systems are not recognised here, and
// changes made on other machines may be missed unless Spec.PollOnly is set.
func polledMounts([]string) map[string]string { return map[string]string{} }

// FileSystemOf fails here. Its error wraps errors.ErrUnsupported.
func FileSystemOf(path string) (FileSystem, error) {
	return FileSystem{}, fmt.Errorf("file system of %s: %w", path, errors.ErrUnsupported)
}
