//go:build unix

package output

import "os"

// sameTerminal reports whether two terminals are the same. It does not notice
// when one of them was opened under another name, such as /dev/tty.
func sameTerminal(a, b *os.File) bool {
	return SameFile(a, b)
}
