package cmdline

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew writes a file that is not there yet, whole or not at all. Its error
// is an fs.ErrExist where something is at path, be it a link that leads nowhere,
// or has come there meanwhile.
func writeNew(path string, data []byte) error {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp-"+rand.Text()[:8])
	if err := create(temp, data); err != nil {
		return err
	}
	defer os.Remove(temp)
	// Unlike rename(2), link(2) replaces nothing.
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Some file systems have no links.
	return create(path, data)
}

// create writes a file that is not there yet, and leaves none that is not
// complete. O_EXCL follows no link.
func create(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		os.Remove(path)
	}
	return err
}
