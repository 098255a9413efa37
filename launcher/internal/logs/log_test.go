package logs

import (
	"path/filepath"
	"testing"
)

func TestLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "logs")
	l := open(t, dir, "api", Options{})
	write(t, l.Stream(Devrun), "starting\n")
	write(t, l.Stream(Out), "one\ntw", "o\n", "\n")
	write(t, l.Stream(Err), "a\x00b\xff\r\n")
	write(t, l.Stream(Out), "no end")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := "api devrun starting\napi out one\napi out two\napi out \napi err a\x00b\xff\r\napi out no end"
	if got := read(t, dir, []string{"api"}, Query{}); got != want {
		t.Errorf("log = %q; want %q", got, want)
	}
	if got, want := read(t, dir, []string{"api"}, Query{Lines: 2}), "api err a\x00b\xff\r\napi out no end"; got != want {
		t.Errorf("last two lines = %q; want %q", got, want)
	}
}
