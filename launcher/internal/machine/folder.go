package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"devrun/launcher/internal/oserr"
)

// Folder describes a folder in which devrun keeps files.
type Folder struct {
	Path     string
	Mode     fs.FileMode // permission bits
	Owner    int         // uid; -1 is unknown
	Mine     bool        // this user owns it; true where the system has no owners
	WriteErr error       // why no file could be created and written; nil where one could
	Free     int64       // bytes left for this user; -1 is unknown
	FreeIDs  int64       // files left; -1 is unknown or unlimited
}

// ReadFolder looks at a folder, and writes a file there and removes it. The error
// matches fs.ErrNotExist for a folder that does not exist.
func ReadFolder(path string) (Folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Folder{}, err
	}
	if !info.IsDir() {
		return Folder{}, fmt.Errorf("read %s: not a folder", path)
	}
	f := Folder{Path: path, Mode: info.Mode().Perm(), Owner: -1, Mine: true, Free: -1, FreeIDs: -1}
	f.ask(info)
	f.WriteErr = tryWrite(path)
	return f, nil
}

// tryWrite writes a block, since an empty file fits on a full disk.
func tryWrite(dir string) error {
	file, err := os.CreateTemp(dir, probePattern)
	if err != nil {
		return oserr.Cause(err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(make([]byte, 4096))
	return oserr.Cause(errors.Join(err, file.Close()))
}
