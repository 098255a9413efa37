package runs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"devrun/launcher/internal/port"
	"devrun/launcher/internal/wholefile"
)

// Memory is the state folder. Its zero value keeps nothing, and neither does a
// nil part of it.
type Memory struct {
	Ports *port.Book
	Runs  *Folder
}

// Open opens the state folder dir, and makes it when it is not there; "" is the
// zero Memory. With an error, which is a *wholefile.Error, the Memory lacks the parts that cannot be used.
func Open(dir string) (Memory, error) {
	if dir == "" {
		return Memory{}, nil
	}
	records := filepath.Join(dir, "runs")
	if err := os.MkdirAll(records, 0o700); err != nil {
		return Memory{}, wholefile.Failed("create state folder", records, err)
	}
	return Peek(dir)
}

// Peek is Open for a reader: it makes no folder.
func Peek(dir string) (Memory, error) {
	if dir == "" {
		return Memory{}, nil
	}
	book, err := port.OpenBook(filepath.Join(dir, "ports"))
	return Memory{Ports: book, Runs: newFolder(filepath.Join(dir, "runs"))}, err
}

// Assignment returns the remembered port of a service; known is false for none.
// Its error is that of port.Book's Load, without fs.ErrNotExist.
func (m Memory) Assignment(project, service string) (a port.Assignment, known bool, err error) {
	a, err = m.Ports.Load(project, service)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	return a, err == nil, err
}
