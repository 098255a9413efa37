package port

// ReadSystem returns Windows's default range of outgoing connections. Excluded
// ranges are not read, since that takes a run of netsh: binding a port in one
// gives EACCES, and [ReserveFirst] tries the next.
func ReadSystem() (System, error) { return System{Ephemeral: Dynamic()}, nil }

// Unprivileged returns the first port that every user may bind.
func Unprivileged() int { return minPort }
