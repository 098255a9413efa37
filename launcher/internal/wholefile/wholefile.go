// Package wholefile keeps values in folders, each in a JSON file of its own that is
// written as a whole: a reader sees the old one or the new one, and a damaged file
// costs no other value.
package wholefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"devrun/launcher/internal/oserr"
)

// Ext ends the names of the files.
const Ext = ".json"

// ErrNewer is a file that a later devrun has written, in a format unknown here. It
// counts as no file.
var ErrNewer = fmt.Errorf("written by a newer devrun: %w", fs.ErrNotExist)

// Error is a folder or a file that cannot be used.
type Error struct {
	Op, Path string // Op is such as "write run record"
	Err      error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Failed returns an *Error without the path that the system's error has itself.
func Failed(op, path string, err error) error {
	return &Error{Op: op, Path: path, Err: oserr.Cause(err)}
}

// ReadError is a file that could not be read. A damaged one is renamed, so that it
// is reported once.
type ReadError struct {
	Kind    string // of the file
	Path    string
	MovedTo string // where a damaged file was set aside; empty for one that was left in place
	Err     error
}

func (e *ReadError) Error() string {
	if e.MovedTo == "" {
		return fmt.Sprintf("read %s %s: %v", e.Kind, e.Path, e.Err)
	}
	return fmt.Sprintf("read %s %s, moved to %s: %v", e.Kind, e.Path, filepath.Base(e.MovedTo), e.Err)
}

// Unwrap returns what is wrong with the file.
func (e *ReadError) Unwrap() error { return e.Err }

// Folder is a folder of files. Any number of processes may use it at once without a
// lock; the last Write of a file wins.
type Folder[T any] struct {
	Dir    string
	Kind   string // of a file, for errors: "run record"
	Decode func(data []byte, name string) (T, error)
}

// Decode reads the content of a file into v, after its version, the format that
// this devrun writes. Its error is ErrNewer for a file of a later version; any other
// means that the file is damaged.
func Decode(data []byte, version int, v any) error {
	var header struct {
		Version int `json:"version"`
	}
	// A later version may have changed any other field, so the version is read
	// first and alone.
	if err := json.Unmarshal(data, &header); err != nil {
		return err
	}
	switch {
	case header.Version > version:
		return ErrNewer
	case header.Version < 1:
		return fmt.Errorf("version %d is unknown", header.Version)
	}
	return json.Unmarshal(data, v)
}

// Read returns the value in a file, and renames a damaged one. Its error is a
// *ReadError, or ErrNewer.
func (f Folder[T]) Read(name string) (T, error) {
	path := filepath.Join(f.Dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		var none T
		return none, &ReadError{Kind: f.Kind, Path: path, Err: oserr.Cause(err)}
	}
	v, err := f.Decode(data, name)
	if err == nil || errors.Is(err, ErrNewer) {
		return v, err
	}
	aside := path + ".bad"
	if errAside := os.Rename(path, aside); errAside != nil {
		err, aside = errors.Join(err, oserr.Cause(errAside)), ""
	}
	return v, &ReadError{Kind: f.Kind, Path: path, MovedTo: aside, Err: err}
}

// Write replaces a file, mode 0600. Nothing is synced to disk: after a power failure
// it may be missing or damaged. Its error is an *Error.
func (f Folder[T]) Write(name string, data []byte) error {
	path := filepath.Join(f.Dir, name)
	temp, err := os.CreateTemp(f.Dir, name+".tmp-*")
	if err != nil {
		return Failed("write "+f.Kind, path, err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return Failed("write "+f.Kind, path, err)
	}
	return nil
}

// Remove deletes a file, if there is one. Its error is an *Error.
func (f Folder[T]) Remove(name string) error {
	path := filepath.Join(f.Dir, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Failed("remove "+f.Kind, path, err)
	}
	return nil
}

// List returns the values of all files, without those of newer devruns; none where
// the folder does not exist. Its error is an *Error, or joins a *ReadError for each
// file that could not be read, beside which it returns the others.
func (f Folder[T]) List() ([]T, error) {
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Failed("read state folder", f.Dir, err)
	}
	var list []T
	var problems []error
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), Ext) {
			continue
		}
		switch v, err := f.Read(entry.Name()); {
		case err == nil:
			list = append(list, v)
		case !errors.Is(err, fs.ErrNotExist): // else it has just been removed
			problems = append(problems, err)
		}
	}
	return list, errors.Join(problems...)
}
