//go:build unix

package process

import (
	"os/signal"
	"runtime/debug"
	"syscall"
)

// detached puts the guardian in a session of its own.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// settleGuardian makes the process deaf to what ends others, and small.
func settleGuardian() {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP)
	debug.SetGCPercent(20)
	debug.FreeOSMemory()
}
