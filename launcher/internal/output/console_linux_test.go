package output

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// A Write reports a reader that goes away, such as head.
func TestBrokenPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	tail := NewTail(0)
	stream := NewStream(NewConsole(w, w, NoTerminal).Stdout(), tail)
	if _, err := stream.Write([]byte("last words\n")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write: %v; want EPIPE", err)
	}
	if got, want := tail.Lines(), []string{"last words"}; !slices.Equal(got, want) {
		t.Errorf("Lines() = %q; want %q", got, want)
	}
	prefix := NewPrefix(w, Labels([]string{"api"}, false)[0])
	if _, err := prefix.Write([]byte("line\n")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write with a prefix: %v; want EPIPE", err)
	}
	prefix.Write([]byte("unfinished"))
	if err := prefix.Close(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Close: %v; want EPIPE", err)
	}
}

func TestTerminalGone(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	master.Close()
	console := NewConsole(terminal, terminal, BothTerminal)
	if _, err := NewStream(console.Stdout(), NewTail(0)).Write([]byte("x\n")); !errors.Is(err, syscall.EIO) {
		t.Errorf("Write: %v; want EIO", err)
	}
}

func TestFindTerminal(t *testing.T) {
	open := func() *os.File {
		master, terminal, err := pty.Open()
		if err != nil {
			t.Skipf("no pseudo-terminal: %v", err)
		}
		t.Cleanup(func() { terminal.Close(); master.Close() })
		return terminal
	}
	one, other := open(), open()
	again, err := os.OpenFile(one.Name(), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	tests := []struct {
		name           string
		stdout, stderr *os.File
		want           Terminal
	}{
		{"same", one, one, BothTerminal},
		{"same, opened twice", one, again, BothTerminal},
		{"two terminals", one, other, StderrTerminal},
		{"stdout elsewhere", null, one, StderrTerminal},
		{"stderr elsewhere", one, null, NoTerminal},
		{"none", null, null, NoTerminal},
	}
	for _, test := range tests {
		if got := FindTerminal(test.stdout, test.stderr); got != test.want {
			t.Errorf("%s: FindTerminal = %d; want %d", test.name, got, test.want)
		}
	}
}
