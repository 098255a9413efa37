package cmdline

import (
	"os"
	"strings"
	"syscall"
)

// endSignals end devrun: the first one gracefully, the second one at once.
func endSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func otherSignals() []os.Signal { return nil }

func handle(syscall.Signal, *job) {}

func suspendJob() {}

// parseSignal accepts the names of the signals that can end a process on Windows;
// all of them end it at once.
func parseSignal(s string) (syscall.Signal, error) {
	switch strings.TrimPrefix(strings.ToUpper(s), "SIG") {
	case "TERM":
		return syscall.SIGTERM, nil
	case "INT":
		return syscall.SIGINT, nil
	case "KILL":
		return syscall.SIGKILL, nil
	}
	return 0, usagef("--stop-signal %s: want TERM, INT or KILL", s)
}
