package process

import (
	"fmt"
	"os"
	"syscall"
)

// Status is how a command ended.
type Status struct {
	Code       int            // the exit status; -1 when a signal ended it
	Signal     syscall.Signal // 0 when it ended by itself
	CoreDumped bool
}

// Success reports whether the command ended by itself with status 0.
func (s Status) Success() bool { return s.Signal == 0 && s.Code == 0 }

// Shell returns the status as a shell reports it: 128 plus the number for a signal.
func (s Status) Shell() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// String returns "status 7" or "signal SIGSEGV (segmentation fault, core dumped)".
func (s Status) String() string {
	switch {
	case s.Signal == 0:
		return fmt.Sprintf("status %d", s.Code)
	case s.CoreDumped:
		return fmt.Sprintf("signal %s (%v, core dumped)", SignalName(s.Signal), s.Signal)
	}
	return fmt.Sprintf("signal %s (%v)", SignalName(s.Signal), s.Signal)
}

// statusOf returns the status of an ended process.
func statusOf(state *os.ProcessState) Status {
	ws, ok := state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return Status{Code: -1, Signal: ws.Signal(), CoreDumped: ws.CoreDump()}
	}
	return Status{Code: state.ExitCode()}
}
