package output

import "os"

// sameTerminal returns true: a process has only one console.
func sameTerminal(_, _ *os.File) bool { return true }
