//go:build unix

package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

const hostsFile = "/etc/hosts"

func isNoAddress(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

// exclusive clears the SO_REUSEADDR that Go sets on listeners: with it, this
// process could listen on a port that a devrun holds for its service.
func exclusive(_, _ string, conn syscall.RawConn) error {
	var err error
	errControl := conn.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	})
	return errors.Join(errControl, err)
}

func (f *Folder) ask(info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Owner = int(st.Uid)
		f.Mine = f.Owner == os.Geteuid()
	}
	var st unix.Statfs_t
	if unix.Statfs(f.Path, &st) != nil {
		return
	}
	f.Free = int64(st.Bavail) * int64(st.Bsize)
	if st.Files > 0 { // some file systems have no such limit
		f.FreeIDs = int64(st.Ffree)
	}
}

// OpenFiles returns how many files a command that devrun starts may have open,
// and how far it may raise that limit. It asks a shell: Go raises the limit of
// this process at the start and gives children the one from before.
func OpenFiles(ctx context.Context) (soft, hard uint64, err error) {
	out, err := exec.CommandContext(ctx, "/bin/sh", "-c", "ulimit -Sn; ulimit -Hn").Output()
	if err != nil {
		return 0, 0, fmt.Errorf("read limit of open files: %w", err)
	}
	return parseLimits(string(out))
}
