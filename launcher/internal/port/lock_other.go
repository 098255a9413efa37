//go:build !linux

package port

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
	"github.com/gofrs/flock"
)

// portLock is an advisory lock on a file in the user's state folder: other
// users' devruns do not see it. The kernel frees it with its process. The file
// stays: after a removal two processes could lock two files of one name.
type portLock struct{ file *flock.Flock }

// takeLock returns a *TakenError with Locked set if another has the lock.
func takeLock(p int, lookup holderLookup) (*portLock, error) {
	dir := filepath.Join(xdg.StateHome, "devrun", "ports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, lockFailure(p, err)
	}
	path := filepath.Join(dir, strconv.Itoa(p)+".lock")
	file := flock.New(path)
	locked, err := file.TryLock()
	if err != nil {
		return nil, lockFailure(p, err)
	}
	if locked {
		// It serves only another devrun's message, so an error does not matter.
		_ = os.WriteFile(holderFile(path), []byte(strconv.Itoa(os.Getpid())), 0o600)
		return &portLock{file: file}, nil
	}
	pid := 0
	if lookup == findHolder {
		pid = lockHolder(path)
	}
	return nil, lockedError(p, pid)
}

// holderFile holds the pid of the process that last took the lock. It is a
// separate file because Windows denies reading a locked one.
func holderFile(lockPath string) string { return lockPath + ".pid" }

// lockHolder returns 0 where the pid cannot be read.
func lockHolder(lockPath string) int {
	data, _ := os.ReadFile(holderFile(lockPath))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	return pid
}

func lockFailure(p int, err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		err = &os.PathError{Op: "lock", Path: pathErr.Path, Err: pathErr.Err}
	}
	return &ReserveError{Addr: netip.AddrPortFrom(ipv4Loopback(), uint16(p)), Err: err}
}

func (l *portLock) close() error { return l.file.Close() }

// drop frees a lock that was just taken.
func (l *portLock) drop() { l.file.Close() }
