//go:build unix

package output

import (
	"os"

	"golang.org/x/sys/unix"
)

// sameTerminal reports whether two terminals are the same. It does not notice
// when one of them was opened under another name, such as /dev/tty.
func sameTerminal(a, b *os.File) bool { return SameFile(a, b) }

// Columns returns the width of a terminal. It is 0 if f is none, or nobody has set
// its size.
func Columns(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
