//go:build unix

package machine

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

func (f *Folder) ask(info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Owner = int(st.Uid)
		f.Mine = f.Owner == os.Geteuid()
	}
	f.askSpace()
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
