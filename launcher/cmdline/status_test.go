//go:build unix

package cmdline

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// statusOf FILE COMMAND… runs a command, passes signals on to it, and appends its
// exit status to FILE: -1 for one that a signal has ended.
func statusOf() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "status:", err)
		os.Exit(1)
	}
	// Ends with the process.
	go func() {
		for sig := range signals {
			cmd.Process.Signal(sig)
		}
	}()
	cmd.Wait()
	appendLine(os.Args[1], fmt.Sprintf("status %d.", cmd.ProcessState.ExitCode()))
}
