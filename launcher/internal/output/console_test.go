package output

import (
	"bytes"
	"io"
	"testing"
)

func TestConsole(t *testing.T) {
	type write struct {
		to   string // out, err or own
		text string
	}
	tests := []struct {
		name     string
		terminal Terminal
		writes   []write
		out, err string // on one terminal everything is in err
	}{
		{"one terminal, mid-line", BothTerminal, []write{{"out", "par"}, {"own", "devrun: x\n"}, {"out", "tial\n"}, {"own", "devrun: y\n"}}, "", "par\ndevrun: x\ntial\ndevrun: y\n"},
		{"one terminal, stderr mid-line", BothTerminal, []write{{"out", "a\n"}, {"err", "b"}, {"own", "x\n"}, {"own", "y\n"}}, "", "a\nb\nx\ny\n"},
		{"start of line", BothTerminal, []write{{"own", "x\n"}, {"out", "a\nb\n"}, {"own", "y\n"}}, "", "x\na\nb\ny\n"},
		{"colours are no text", BothTerminal, []write{{"out", "\x1b[32ma\n\x1b[0m"}, {"own", "x\n"}, {"out", "\x1b["}, {"out", "0m"}, {"own", "y\n"}}, "", "\x1b[32ma\n\x1b[0mx\n\x1b[0my\n"},
		{"CR leaves the text", BothTerminal, []write{{"out", "50%\r"}, {"own", "x\n"}, {"out", "\r"}, {"own", "y\n"}}, "", "50%\r\nx\n\ry\n"},
		{"nothing is not a line", BothTerminal, []write{{"out", "a"}, {"own", ""}, {"out", ""}, {"own", "x\n"}}, "", "a\nx\n"},
		{"own line goes on", BothTerminal, []write{{"own", "x: "}, {"out", "a"}, {"own", "y\n"}}, "", "x: a\ny\n"},
		{"stdout elsewhere", StderrTerminal, []write{{"out", "par"}, {"own", "x\n"}, {"err", "tial"}, {"own", "y\n"}}, "par", "x\ntial\ny\n"},
		{"no terminal", NoTerminal, []write{{"out", "par"}, {"err", "tial"}, {"own", "x\n"}, {"own", "y\n"}}, "par", "tialx\ny\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out, err bytes.Buffer
			stdout := &out
			if test.terminal == BothTerminal {
				stdout = &err
			}
			console := NewConsole(stdout, &err, test.terminal)
			ways := map[string]io.Writer{"out": console.Stdout(), "err": console.Stderr(), "own": console.Lines()}
			for _, w := range test.writes {
				if n, err := io.WriteString(ways[w.to], w.text); n != len(w.text) || err != nil {
					t.Errorf("Write(%q) = %d, %v; want %d", w.text, n, err, len(w.text))
				}
			}
			if out.String() != test.out || err.String() != test.err {
				t.Errorf("stdout %q, stderr %q; want %q, %q", out.String(), err.String(), test.out, test.err)
			}
		})
	}
}

func TestConsoleShortWrite(t *testing.T) {
	console := NewConsole(limited(3), limited(3), BothTerminal)
	if n, _ := console.Stdout().Write([]byte("abcd")); n != 3 {
		t.Errorf("Write = %d; want 3", n)
	}
	if n, _ := console.Lines().Write([]byte("abcd\n")); n != 2 { // of three bytes, one is the line end put in front
		t.Errorf("Write of an own line = %d; want 2", n)
	}
}

func BenchmarkConsole(b *testing.B) {
	console := NewConsole(io.Discard, io.Discard, BothTerminal)
	b.SetBytes(int64(len(floods[0].piece)))
	for b.Loop() {
		console.Stdout().Write(floods[0].piece)
	}
}
