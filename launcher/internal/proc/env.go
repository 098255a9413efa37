package proc

import (
	"bytes"
	"iter"
)

// Env is the environment that a program was started with, as the kernel has it:
// strings that each end in a zero byte. A process may have overwritten it since,
// as programs do that set a title.
type Env []byte

// Entries yields the "KEY=value" strings.
func (e Env) Entries() iter.Seq[[]byte] { return bytes.SplitSeq(e, []byte{0}) }

// Has reports whether entry, a "KEY=value", is in the environment.
func (e Env) Has(entry string) bool {
	for pair := range e.Entries() {
		if string(pair) == entry {
			return true
		}
	}
	return false
}

// Lookup returns the value of a variable, and whether it is set.
func (e Env) Lookup(name string) (string, bool) {
	for pair := range e.Entries() {
		if key, value, found := bytes.Cut(pair, []byte("=")); found && string(key) == name {
			return string(value), true
		}
	}
	return "", false
}
