package process

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// handles reports whether a process has a handler for sig: proc_pid_status(5),
// SigCgt.
func handles(pid int, sig syscall.Signal) bool {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return statusField(text, "SigCgt", 16)>>(sig-1)&1 != 0
}

// turns returns how many times the threads of a process have left a CPU, so two
// values differ if it has run in between. It is at least 1.
func turns(pid int) uint64 {
	tasks := "/proc/" + strconv.Itoa(pid) + "/task"
	threads, _ := os.ReadDir(tasks)
	sum := uint64(1)
	for _, thread := range threads {
		text, _ := os.ReadFile(tasks + "/" + thread.Name() + "/status")
		sum += statusField(text, "voluntary_ctxt_switches", 10) + statusField(text, "nonvoluntary_ctxt_switches", 10)
	}
	return sum
}

// statusField returns a number of a status file, 0 if it has none of that name.
func statusField(text []byte, name string, base int) uint64 {
	for line := range bytes.Lines(text) {
		if key, value, ok := bytes.Cut(line, []byte(":")); ok && string(key) == name {
			n, _ := strconv.ParseUint(string(bytes.TrimSpace(value)), base, 64)
			return n
		}
	}
	return 0
}
