//go:build unix

package process

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// newlines is how a terminal turns \n into \r\n.
const newlines = unix.OPOST | unix.ONLCR

// processed returns a translation for the output of the run whose terminal is
// master. Where both terminals turn \n into \r\n it leaves that to the user's.
// Where the run has switched processing off, as a full-screen program does, it
// switches it off on the user's too.
func (t *Terminal) processed(master *os.File) func([]byte) []byte {
	return func(piece []byte) []byte {
		theirs, ok := outputFlags(master)
		if !ok || len(piece) == 0 {
			t.process(true) // the run is over
			return piece
		}
		t.process(theirs&unix.OPOST != 0)
		if ours, ok := outputFlags(t.out); ok && theirs&newlines == newlines && ours&newlines == newlines {
			return bytes.ReplaceAll(piece, []byte("\r\n"), []byte("\n"))
		}
		return piece
	}
}

// process switches the output processing of the user's terminal as a run does.
func (t *Terminal) process(on bool) {
	if t.keyboard != nil {
		t.keyboard.process(on, t.line)
	}
}

// outputFlags reads c_oflag, see termios(3). For the master of a
// pseudo-terminal it is that of its other end.
func outputFlags(file *os.File) (flags uint64, ok bool) {
	control(file, func(fd int) {
		if settings, err := getTermios(fd); err == nil {
			flags, ok = uint64(settings.Oflag), true
		}
	})
	return flags, ok
}
