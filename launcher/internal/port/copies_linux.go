package port

import (
	"syscall"
	"time"
)

// awaitCopies returns when remain says that no copy of a socket is left which
// was just closed, or after a second.
//
// A child that is just being started has copies of all descriptors until execve
// closes them. That is after vfork has let the parent go on, so holding ForkLock
// while closing would not do: a copy keeps its address bound, on a busy machine
// for longer than a new server takes to start. remain may open sockets itself:
// ForkLock keeps children from getting copies of these.
func awaitCopies(remain func() bool) {
	const (
		limit = time.Second
		pause = 200 * time.Microsecond
	)
	locked := func() bool {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		return remain()
	}
	for start := time.Now(); locked() && time.Since(start) < limit; {
		time.Sleep(pause)
	}
}
