package port

import "time"

// awaitCopies returns once remain reports that no copy is left of a socket that
// was just closed, or after a second.
//
// A child that is being started has copies of all descriptors until execve
// closes them. The parent's vfork returns before that, so holding ForkLock while
// closing would not help: a copy keeps its address bound, on a busy machine for
// longer than a new server takes to start. Tools that look at the descriptors of
// all processes hold them for a moment, too; so remain must look without a bind,
// whose socket might be kept in the same way.
func awaitCopies(remain func() bool) {
	const (
		limit = time.Second
		pause = 200 * time.Microsecond
	)
	for start := time.Now(); remain() && time.Since(start) < limit; {
		time.Sleep(pause)
	}
}
