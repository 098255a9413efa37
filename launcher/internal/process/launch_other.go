//go:build unix && !linux

package process

import "syscall"

// subreaper has no counterpart here: what leaves the process group and the
// command's descendants is not found.
func subreaper() {}

// reap has nothing to do: orphans are not given to this process.
func (r *registry) reap(stop <-chan struct{}) { <-stop }

// attributes put the command in a session of its own, with its terminal if it
// has one.
func attributes(s *streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: s.slave != nil, Ctty: s.ctty}
}
