package output

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEcho(t *testing.T) {
	tests := map[string]struct {
		tries []string // "|" is a boundary between two Writes
		want  string   // with "/" after each try
	}{
		"a first try":                    {[]string{"a\nb"}, "a\nb/"},
		"the same again":                 {[]string{"a\nb\n", "a\nb\n", "a|\n|b\n"}, "a\nb\n///"},
		"the same without a line end":    {[]string{"a\nb", "a\nb"}, "a\nb//"},
		"numbers differ":                 {[]string{"pid 12 at 0x3fa0\n", "pid 7 at 0x4b\n"}, "pid 12 at 0x3fa0\n//"},
		"colours differ":                 {[]string{"\x1b[31mred\x1b[0m\n", "red\n"}, "\x1b[31mred\x1b[0m\n//"},
		"another line":                   {[]string{"a\nb\n", "a\nc\n"}, "a\nb\n/a\nc\n/"},
		"more lines":                     {[]string{"a\n", "a\n|b\n"}, "a\n/a\nb\n/"},
		"a last line that differs":       {[]string{"a\nb", "a\nc"}, "a\nb/a\nc/"},
		"a last line that nothing is of": {[]string{"a\n", "a\nb"}, "a\n/a\nb/"},
		"fewer lines":                    {[]string{"a\nb\n", "a\n"}, "a\nb\n//"},
		"nothing before":                 {[]string{"", "a\n"}, "/a\n/"},
		"the third like the second":      {[]string{"a\n", "b\n", "b\n"}, "a\n/b\n//"},
		"too many lines":                 {[]string{strings.Repeat("a\n", maxEchoLines+1), "a\n"}, strings.Repeat("a\n", maxEchoLines+1) + "/a\n/"},
	}
	for name, tt := range tests {
		var screen bytes.Buffer
		e := NewEcho(&screen)
		for i, try := range tt.tries {
			e.Begin(i > 0)
			for part := range strings.SplitSeq(try, "|") {
				if n, err := e.Write([]byte(part)); n != len(part) || err != nil {
					t.Errorf("%s: Write(%q) = %d, %v; want all of it", name, part, n, err)
				}
			}
			e.End()
			screen.WriteByte('/')
		}
		if got := screen.String(); got != tt.want {
			t.Errorf("%s: the screen is %q; want %q", name, got, tt.want)
		}
	}
}

// A fresh start is no echo of what was before.
func TestEchoFresh(t *testing.T) {
	var screen bytes.Buffer
	e := NewEcho(&screen)
	for range 2 {
		e.Begin(false)
		e.Write([]byte("a\n"))
		e.End()
	}
	if got := screen.String(); got != "a\na\n" {
		t.Errorf("the screen is %q; want both outputs", got)
	}
}

// What a process that goes on has printed is shown when it asks for it, and after
// it was quiet for a while.
func TestEchoShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		e := NewEcho(&screen)
		e.Begin(false)
		e.Write([]byte("port? "))
		e.End()
		for i, show := range []func(){e.Show, func() { time.Sleep(echoQuiet); synctest.Wait() }} {
			screen.Reset()
			e.Begin(true)
			e.Write([]byte("port? "))
			e.mu.Lock() // the timer writes with it
			if screen.Len() > 0 {
				t.Errorf("case %d: the screen is %q at once; want nothing", i, screen.String())
			}
			e.mu.Unlock()
			show()
			if got := screen.String(); got != "port? " {
				t.Errorf("case %d: the screen is %q; want the question", i, got)
			}
			e.End()
		}
	})
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestEchoError(t *testing.T) {
	want := errors.New("gone")
	e := NewEcho(brokenWriter{want})
	e.Begin(false)
	if _, err := e.Write([]byte("a\n")); err != want {
		t.Errorf("Write = %v; want %v", err, want)
	}
	e.End()
	e.Begin(true)
	if _, err := e.Write([]byte("b\n")); err != want {
		t.Errorf("Write of what differs = %v; want %v", err, want)
	}
}
