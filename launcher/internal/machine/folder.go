package machine

import (
	"errors"
	"io/fs"
	"os"
)

// Folder is a folder that devrun keeps things in.
type Folder struct {
	Path     string
	Mode     fs.FileMode // permission bits
	Owner    int         // uid; -1 is unknown
	Mine     bool        // this user owns it, as far as the system has owners
	Writable bool        // a file could be made and written
	WriteErr error       // why not
	Free     int64       // bytes that this user may still write; -1 is unknown
	FreeIDs  int64       // files that may still be made; -1 is unknown or without limit
}

// ReadFolder looks at a folder and writes a file into it, which is gone
// afterwards. Its error matches fs.ErrNotExist for one that is not there.
func ReadFolder(path string) (Folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Folder{}, &Error{Op: "read", Operand: path, Err: cause(err)}
	}
	if !info.IsDir() {
		return Folder{}, &Error{Op: "read", Operand: path, Err: errors.New("not a folder")}
	}
	f := Folder{Path: path, Mode: info.Mode().Perm(), Owner: -1, Mine: true, Free: -1, FreeIDs: -1}
	f.ask(info)
	f.WriteErr = tryWrite(path)
	f.Writable = f.WriteErr == nil
	return f, nil
}

// tryWrite writes a block, since an empty file fits on a full disk.
func tryWrite(dir string) error {
	file, err := os.CreateTemp(dir, probePattern)
	if err != nil {
		return cause(err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(make([]byte, 4096))
	return cause(errors.Join(err, file.Close()))
}
