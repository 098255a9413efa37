package port

import "time"

// awaitCopies returns when remain says that no copy of a socket is left which
// was just closed, or after a second.
//
// A child that is just being started has copies of all descriptors until execve
// closes them. That is after vfork has let the parent go on, so holding ForkLock
// while closing would not do: a copy keeps its address bound, on a busy machine
// for longer than a new server takes to start. Tools that look at the
// descriptors of all processes have hold of them for a moment, too; so remain
// must look without a bind, whose socket might be kept in the same way.
func awaitCopies(remain func() bool) {
	const (
		limit = time.Second
		pause = 200 * time.Microsecond
	)
	for start := time.Now(); remain() && time.Since(start) < limit; {
		time.Sleep(pause)
	}
}
