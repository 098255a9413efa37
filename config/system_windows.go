package config

import "syscall"

// shellPath runs scripts. It has no fixed place; Git for Windows includes an sh.
const shellPath = "sh"

// signalNumber returns 0 for a signal that the system does not have. All others end
// a process at once.
func signalNumber(name string) syscall.Signal {
	switch name {
	case "SIGTERM":
		return syscall.SIGTERM
	case "SIGINT":
		return syscall.SIGINT
	case "SIGHUP":
		return syscall.SIGHUP
	case "SIGQUIT":
		return syscall.SIGQUIT
	case "SIGKILL":
		return syscall.SIGKILL
	}
	return 0
}

// planted reports nothing: each user has temporary folders of their own here,
// and no folder that a project lies in is open to all by default.
func planted(string) bool { return false }
