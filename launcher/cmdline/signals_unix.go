//go:build unix

package cmdline

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// endSignals end devrun: the first one gracefully, the second one at once.
func endSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
}

// otherSignals are passed on to the service or concern the terminal. SIGPIPE is
// among them so that devrun outlives the reader of its output, and can stop the
// service.
func otherSignals() []os.Signal {
	return []os.Signal{
		syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
		syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT,
	}
}

// handle acts on a signal that does not end devrun. job may be nil.
func handle(sig syscall.Signal, job *job) {
	if job == nil {
		if sig == syscall.SIGTSTP {
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
		}
		return
	}
	switch sig {
	case syscall.SIGPIPE:
	case syscall.SIGWINCH:
		job.run.Resize()
	case syscall.SIGTSTP:
		job.run.Suspend()
		if job.keyboard != nil {
			job.keyboard.Suspend()
		}
		// The shell expects its job to stop; SIGCONT continues here.
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	case syscall.SIGCONT:
		if job.keyboard != nil {
			job.keyboard.Resume()
		}
		job.run.Resume()
	default:
		job.run.Forward(sig)
	}
}

// suspendJob stops the whole job that devrun belongs to, as the terminal would do
// for Ctrl-Z.
func suspendJob() { _ = syscall.Kill(0, syscall.SIGTSTP) }

// parseSignal reads a signal's name, with or without SIG, or its number.
func parseSignal(s string) (syscall.Signal, error) {
	name := strings.ToUpper(s)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return sig, nil
	}
	if number, err := strconv.Atoi(s); err == nil && unix.SignalName(syscall.Signal(number)) != "" {
		return syscall.Signal(number), nil
	}
	return 0, badValue("stop-signal", s, "want a signal's name such as TERM, INT or QUIT, or its number")
}
