package portowner

import "time"

// Process describes a process as far as the caller may see it. Hidden fields are
// zero.
type Process struct {
	PID, PPID  int
	Name       string   // as the kernel has it, on Linux at most 15 bytes
	Argv       []string // unmasked; it may hold secrets
	Exe, Dir   string   // on Linux with " (deleted)" appended for a file that is gone
	Started    time.Time
	StartTicks uint64 // with PID the identity of a process: a PID is reused, the pair is not
	UID        int    // effective; -1 is unknown
	User       string // the name for UID
	Cgroup     string // Linux: the path in the cgroup hierarchy; empty for the root
}
