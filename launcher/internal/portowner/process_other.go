//go:build !linux

package portowner

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// Describe reads a process, as far as it may be read. The error matches
// fs.ErrNotExist when the process is gone. StartTicks counts
// milliseconds here.
func Describe(pid int) (Process, error) {
	if pid <= 0 {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, fs.ErrNotExist)
	}
	from, err := process.NewProcess(int32(pid))
	if errors.Is(err, process.ErrorProcessNotRunning) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, err)
	}
	p := Process{PID: pid, UID: uidOf(pid)}
	// Each of these may be hidden from the caller and is empty then.
	p.Name, _ = from.Name()
	p.Argv, _ = from.CmdlineSlice()
	p.Exe, _ = from.Exe()
	p.Dir, _ = from.Cwd()
	p.User, _ = from.Username()
	if ppid, err := from.Ppid(); err == nil {
		p.PPID = int(ppid)
	}
	if started, err := from.CreateTime(); err == nil && started > 0 {
		p.Started, p.StartTicks = time.UnixMilli(started), uint64(started)
	}
	return p, nil
}
