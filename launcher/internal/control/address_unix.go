//go:build unix

package control

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// maxAddress is the longest path that fits into an address with its final NUL:
// 107 bytes on Linux, 103 elsewhere.
const maxAddress = len(unix.RawSockaddrUnix{}.Path) - 1

// address returns a name for path that fits into a socket's address, valid until
// release. A state folder may lie deep: the tests of a project that runs devrun
// put it into a folder of their own. The socket is where path says in any case,
// so whoever looks finds it; a shorter folder elsewhere would be one more place
// to keep clean.
func address(path string) (name string, release func(), err error) {
	if len(path) <= maxAddress {
		return path, func() {}, nil
	}
	folder, release, err := shortFolder(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	name = folder + "/" + filepath.Base(path)
	if len(name) > maxAddress {
		release()
		return "", nil, unix.ENAMETOOLONG
	}
	return name, release, nil
}

// linkFolder makes a short name for dir by a symbolic link in a folder of its
// own, which no other user can enter.
func linkFolder(dir string) (name string, release func(), err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", nil, err
	}
	temp, err := os.MkdirTemp("", "d")
	if err != nil {
		return "", nil, err
	}
	name = filepath.Join(temp, "s")
	release = func() {
		os.Remove(name)
		os.Remove(temp)
	}
	if err := os.Symlink(dir, name); err != nil {
		release()
		return "", nil, err
	}
	return name, release, nil
}
