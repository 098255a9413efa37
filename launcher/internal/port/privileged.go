package port

// Unprivileged returns the first port that every user may bind: below it the
// system keeps ports for the administrator. It is 1 where it keeps none.
func Unprivileged() int { return unprivileged() }
