//go:build unix

package process

import (
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestTerminalAfterClose asks a closed terminal for something: it writes nothing to
// the files that have its descriptors now.
func TestTerminalAfterClose(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	terminal, err := OpenTerminal(slave, slave, func() {}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	wake := terminal.keyboard.wake
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	var other [2]int
	if err := openWake(&other); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(other[0])
	defer unix.Close(other[1])
	if other != wake {
		t.Skip("the descriptors are those of something else already")
	}
	terminal.Suspend()
	terminal.Resume()
	if n, err := unix.Read(other[0], make([]byte, 8)); err != unix.EAGAIN {
		t.Errorf("read %d bytes, %v; want none", n, err)
	}
	if err := terminal.Close(); err != nil {
		t.Error(err)
	}
}
