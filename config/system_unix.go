//go:build unix

package config

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// shellPath runs scripts.
const shellPath = "/bin/sh"

// signalNumber returns 0 for a signal that the system does not have.
func signalNumber(name string) syscall.Signal { return unix.SignalNum(name) }
