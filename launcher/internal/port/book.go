package port

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"devrun/launcher/internal/wholefile"
)

// Book is a folder of assignments, one file for each service.
//
// A nil *Book is empty, keeps nothing and returns no error but fs.ErrNotExist,
// for a caller that carries on without one.
type Book struct{ folder wholefile.Folder[Assignment] }

// OpenBook opens the folder dir. If it does not exist the Book is empty, and the
// first Save creates it with mode 0700. The error is a *wholefile.Error, for a dir
// that is not a folder or may not be read.
func OpenBook(dir string) (*Book, error) {
	book := &Book{wholefile.Folder[Assignment]{Dir: dir, Kind: "port assignment", Decode: decodeAssignment}}
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return book, nil
	}
	if err == nil {
		defer f.Close()
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && !info.IsDir() {
			err = syscall.ENOTDIR
		}
	}
	if err != nil {
		return nil, wholefile.Failed("open port assignments", dir, err)
	}
	return book, nil
}

// Load returns the assignment of a service. The error wraps fs.ErrNotExist if
// there is none, and if a newer devrun wrote it in another format. Any other is a
// *wholefile.ReadError.
func (b *Book) Load(project, service string) (Assignment, error) {
	if b == nil {
		return Assignment{}, fs.ErrNotExist
	}
	return b.folder.Read(assignmentName(project, service))
}

// Save replaces the assignment. It writes nothing over an equal entry, Chosen
// included, or over a newer devrun's. The error is a *wholefile.Error.
func (b *Book) Save(a Assignment) error {
	if b == nil {
		return nil
	}
	name := assignmentName(a.Project, a.Service)
	path := filepath.Join(b.folder.Dir, name)
	data, err := a.encode()
	if err != nil {
		return wholefile.Failed("write port assignment", path, err)
	}
	if old, err := os.ReadFile(path); err == nil {
		if bytes.Equal(old, data) {
			return nil
		}
		if _, err := decodeAssignment(old, name); errors.Is(err, wholefile.ErrNewer) {
			return nil
		}
	}
	if err := os.MkdirAll(b.folder.Dir, 0o700); err != nil {
		return wholefile.Failed("write port assignment", path, err)
	}
	return b.folder.Write(name, data)
}

// List returns all assignments, sorted by project and service. Its errors are
// those of wholefile's List.
func (b *Book) List() ([]Assignment, error) {
	if b == nil {
		return nil, nil
	}
	list, err := b.folder.List()
	slices.SortFunc(list, func(x, y Assignment) int {
		return cmp.Or(cmp.Compare(x.Project, y.Project), cmp.Compare(x.Service, y.Service))
	})
	return list, err
}

// Forget removes the assignment of a service, whatever its version. It is not an
// error if there is none. The error is a *wholefile.Error.
func (b *Book) Forget(project, service string) error {
	if b == nil {
		return nil
	}
	return b.folder.Remove(assignmentName(project, service))
}
