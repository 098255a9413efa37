package port

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Book is a folder of assignments, one file for each service: a damaged file
// costs no other service its entry, and any number of processes may use the
// folder at once without a lock. For one service the last Save wins.
//
// A nil *Book is empty, keeps nothing and returns no error but fs.ErrNotExist,
// for a caller that carries on without one.
type Book struct{ dir string }

// BookError reports a folder or file of a Book that cannot be used.
type BookError struct {
	Path string
	Op   string // "open", "read", "save", "list" or "forget"
	Err  error
}

func (e *BookError) Error() string {
	return fmt.Sprintf("%s port assignments %s: %v", e.Op, e.Path, e.Err)
}

// Unwrap returns the system's error, without the path that BookError has.
func (e *BookError) Unwrap() error { return e.Err }

// SetAsideError reports a damaged file that was renamed: it is kept, and the
// service gets a new entry.
type SetAsideError struct {
	Path    string
	MovedTo string // empty if it could not be renamed; Err includes the reason
	Err     error  // the damage
}

func (e *SetAsideError) Error() string {
	if e.MovedTo == "" {
		return fmt.Sprintf("read port assignment %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read port assignment %s, moved to %s: %v", e.Path, filepath.Base(e.MovedTo), e.Err)
}

// Unwrap returns the damage.
func (e *SetAsideError) Unwrap() error { return e.Err }

// OpenBook opens the folder dir. If it does not exist the Book is empty, and the
// first Save creates it with mode 0700. The error is a *BookError, for a dir that
// is not a folder or may not be read.
func OpenBook(dir string) (*Book, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &Book{dir: dir}, nil
	}
	if err != nil {
		return nil, bookError("open", dir, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, bookError("open", dir, err)
	}
	return &Book{dir: dir}, nil
}

// Load returns the assignment of a service. The error wraps fs.ErrNotExist if
// there is none, and if a newer devrun wrote it in another format. A damaged file
// is renamed and gives a *SetAsideError; an unreadable one gives a *BookError.
func (b *Book) Load(project, service string) (Assignment, error) {
	if b == nil {
		return Assignment{}, fs.ErrNotExist
	}
	path := filepath.Join(b.dir, assignmentName(project, service))
	a, err := readAssignment(path)
	if errors.Is(err, errNewer) {
		err = bookError("read", path, fs.ErrNotExist)
	}
	return a, err
}

// readAssignment returns errNewer for a file of a later version.
func readAssignment(path string) (Assignment, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Assignment{}, bookError("read", path, err)
	}
	a, err := decodeAssignment(data, filepath.Base(path))
	if err != nil && !errors.Is(err, errNewer) {
		err = setAside(path, err)
	}
	return a, err
}

// setAside renames the damaged file and returns the error that reports it.
func setAside(path string, damage error) error {
	to := path + ".bad-" + time.Now().UTC().Format("20060102T150405.000000")
	if err := os.Rename(path, to); err != nil {
		return &SetAsideError{Path: path, Err: errors.Join(damage, fmt.Errorf("move it aside: %w", cause(err)))}
	}
	return &SetAsideError{Path: path, MovedTo: to, Err: damage}
}

// Save replaces the assignment in one step: a reader sees the old one or the new
// one. It writes nothing over an equal entry, Chosen included, or over a newer
// devrun's. Nothing is synced to disk: after a power failure the entry may be
// missing or damaged. The error is a *BookError.
func (b *Book) Save(a Assignment) error {
	if b == nil {
		return nil
	}
	name := assignmentName(a.Project, a.Service)
	path := filepath.Join(b.dir, name)
	data, err := a.encode()
	if err != nil {
		return bookError("save", path, err)
	}
	if old, err := os.ReadFile(path); err == nil {
		if bytes.Equal(old, data) {
			return nil
		}
		if _, err := decodeAssignment(old, name); errors.Is(err, errNewer) {
			return nil
		}
	}
	if err := b.replace(path, data); err != nil {
		return bookError("save", path, err)
	}
	return nil
}

// replace writes a new file, mode 0600, and renames it to path.
func (b *Book) replace(path string, data []byte) error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(b.dir, filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// List returns all assignments, sorted by project and service. Damaged files
// are renamed; the error joins a *SetAsideError for each and a *BookError for
// each unreadable one, and the good ones are returned with it. Files of newer
// devruns are left out.
func (b *Book) List() ([]Assignment, error) {
	if b == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, bookError("list", b.dir, err)
	}
	var list []Assignment
	var problems []error
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), assignmentExt) {
			continue
		}
		a, err := readAssignment(filepath.Join(b.dir, entry.Name()))
		switch {
		case err == nil:
			list = append(list, a)
		case errors.Is(err, errNewer), errors.Is(err, fs.ErrNotExist): // forgotten just now
		default:
			problems = append(problems, err)
		}
	}
	slices.SortFunc(list, func(x, y Assignment) int {
		return cmp.Or(cmp.Compare(x.Project, y.Project), cmp.Compare(x.Service, y.Service))
	})
	return list, errors.Join(problems...)
}

// Forget removes the assignment of a service, whatever its version. It is not an
// error if there is none. The error is a *BookError.
func (b *Book) Forget(project, service string) error {
	if b == nil {
		return nil
	}
	path := filepath.Join(b.dir, assignmentName(project, service))
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return bookError("forget", path, err)
	}
	return nil
}

func bookError(op, path string, err error) error {
	return &BookError{Path: path, Op: op, Err: cause(err)}
}

// cause drops the operation and path with which package os wraps an error.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		return linkErr.Err
	}
	return err
}
