package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

var hostsFile = filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc", "hosts")

func isNoAddress(err error) bool {
	return errors.Is(err, windows.WSAEADDRNOTAVAIL) || errors.Is(err, windows.WSAEAFNOSUPPORT)
}

// exclusive has nothing to clear: Go sets no SO_REUSEADDR here.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }

// ask leaves the owner unknown: a folder below the user's profile belongs to
// the user by inheritance.
func (f *Folder) ask(fs.FileInfo) {
	path, err := windows.UTF16PtrFromString(f.Path)
	if err != nil {
		return
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(path, &free, nil, nil) == nil {
		f.Free = int64(free)
	}
}

// OpenFiles needs a system with such a limit. Its error wraps
// errors.ErrUnsupported.
func OpenFiles(context.Context) (soft, hard uint64, err error) {
	return 0, 0, fmt.Errorf("read limit of open files: %w", errors.ErrUnsupported)
}
