package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/windows"
)

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
