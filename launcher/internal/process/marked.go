package process

// StartTicks identifies, with its pid, a process for good: in ticks since boot
// on Linux, elsewhere in milliseconds.
func StartTicks(pid int) (uint64, error) {
	s, err := readStat(pid)
	return s.ticks, err
}

// Marked returns the live processes whose environment carries all of the marks,
// with everything that descends from them: the tree that a Process with these
// Marks has, also when another program has started it. Where the environment
// of others cannot be read its error wraps errors.ErrUnsupported.
func Marked(marks []string) ([]Member, error) { return marked(marks) }

// Variable returns the value of a variable in the environment that a process
// was started with. It is empty where there is none, where the process is gone,
// and where it may not be read.
func Variable(pid int, name string) string { return variable(pid, name) }
