package process

import (
	"bytes"
	"os"
	"strconv"
)

// Written returns how many bytes the tree has written so far, to files, pipes
// and sockets alike: wchar of proc_pid_io(5), which adds the bytes of a process
// that has ended to those of the parent that has waited for it.
func (p *Process) Written() (uint64, error) {
	members, err := p.Members()
	if err != nil {
		return 0, err
	}
	total := uint64(0)
	for _, m := range members {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(m.PID) + "/io")
		if err != nil {
			return 0, err
		}
		_, rest, _ := bytes.Cut(text, []byte("wchar: "))
		line, _, _ := bytes.Cut(rest, []byte{'\n'})
		n, err := strconv.ParseUint(string(line), 10, 64)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
