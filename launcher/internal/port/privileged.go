package port

// Unprivileged returns the first port that every user may bind: below it the
// system keeps ports for the administrator. It is 1 where it keeps none.
func Unprivileged() int { return unprivileged() }

// usualUnprivileged is where the ports of the administrator end by tradition,
// and in Linux as long as nothing else was set (PROT_SOCK, linux/net.h).
const usualUnprivileged = 1024
