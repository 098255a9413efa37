package process

// StartTicks returns the value that, with its pid, identifies a process for good:
// in ticks since boot on Linux, elsewhere in milliseconds.
func StartTicks(pid int) (uint64, error) {
	s, err := readStat(pid)
	return s.StartTicks, err
}

// Suspended reports whether a process is stopped, as by Ctrl-Z or SIGSTOP, until it
// gets SIGCONT. It is false where the system does not report it.
func Suspended(pid int) bool {
	s, err := readStat(pid)
	return err == nil && s.State == 'T' // proc_pid_stat(5)
}

// Marked returns the live processes whose environment contains all of the marks,
// and their descendants: the tree of a Process with these Marks, whichever
// program has started it. Where the environment of others cannot be read its
// error wraps errors.ErrUnsupported.
func Marked(marks []string) ([]Member, error) { return marked(marks) }

// Variable returns the value of a variable in the environment that a process
// was started with. It is empty where the variable is not set, the process is
// gone, or its environment may not be read.
func Variable(pid int, name string) string { return variable(pid, name) }
