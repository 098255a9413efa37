//go:build unix

package machine

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func (f *Folder) ask(info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Owner = int(st.Uid)
		f.Mine = f.Owner == os.Geteuid()
	}
	f.askSpace()
}

// OpenFiles returns how many files a process of this user may have open, and
// how far it may raise that by itself.
func OpenFiles() (soft, hard uint64, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, 0, &Error{Op: "read", Operand: "RLIMIT_NOFILE", Err: err}
	}
	return uint64(limit.Cur), uint64(limit.Max), nil
}
