package config

import (
	"strings"
	"syscall"
	"time"
)

// stopKeys are the keys of stop.
func stopKeys() []key[Stop] {
	return []key[Stop]{
		one("signal", "The signal that asks the service to stop.", "SIGTERM", stopSignal(), func(s *Stop) *syscall.Signal { return &s.Signal }),
		one("timeout", "How long to wait before the service is killed.", "5s", duration(0), func(s *Stop) *time.Duration { return &s.Timeout }),
	}
}

// stopSignal is a signal by its name, with or without SIG.
func stopSignal() shape[syscall.Signal] {
	names := []string{"TERM", "INT", "QUIT", "HUP", "KILL", "USR1", "USR2", "WINCH"}
	for _, name := range names {
		names = append(names, "SIG"+name)
	}
	allowed := object{{"enum", names}}
	return typed(shape[syscall.Signal]{allowed, func(r *reader, p place) (syscall.Signal, bool) {
		name := strings.TrimPrefix(p.text, "SIG")
		for _, known := range names {
			if p.kind != text || known != name {
				continue
			}
			sig := signalNumber("SIG" + name)
			if sig == 0 {
				r.wrong(p, "is not a signal on this system")
			}
			return sig, sig != 0
		}
		r.wrongName(p, p.text, names, "must be SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGKILL, SIGUSR1, SIGUSR2 or SIGWINCH")
		return 0, false
	}})
}
