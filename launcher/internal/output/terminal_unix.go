//go:build unix

package output

import "os"

// sameTerminal reports whether two terminals are the same. It does not notice
// when one of them was opened under another name, such as /dev/tty.
func sameTerminal(a, b *os.File) bool {
	infoA, errA := a.Stat()
	infoB, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
