//go:build unix

package cmdline

import (
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"devrun/launcher"
)

// endSignals end devrun: the first one gracefully, the second one at once.
func endSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
}

// otherSignals are passed on to the service or concern the terminal. SIGPIPE
// is among them so that a reader of our output that goes away does not kill
// devrun before its service.
func otherSignals() []os.Signal {
	return []os.Signal{
		syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
		syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT,
	}
}

// handle acts on a signal that does not end devrun.
func handle(sig syscall.Signal, run *launcher.Run) {
	switch sig {
	case syscall.SIGPIPE:
	case syscall.SIGWINCH:
		run.Resize()
	case syscall.SIGTSTP:
		run.Suspend()
		// SIGSTOP is what the shell expects of a job that it stops; execution
		// goes on here after its SIGCONT.
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	case syscall.SIGCONT:
		run.Resume()
	default:
		run.Forward(sig)
	}
}

// suspendJob does what the terminal would have done for Ctrl-Z: it stops the
// whole job that devrun belongs to.
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
