//go:build unix && !linux

package process

import "syscall"

// subreaper has no counterpart here: processes that leave the process group and
// lose their parent are not found.
func subreaper() {}

// reap has nothing to do: orphans are not given to this process.
func (r *Reaper) reap(stop <-chan struct{}) { <-stop }

// attributes put the command in a session of its own, with its terminal if it
// has one.
func attributes(s *streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: s.slave != nil, Ctty: s.ctty}
}
