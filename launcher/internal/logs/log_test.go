package logs

import (
	"path/filepath"
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "logs")
	j := open(t, dir, "api", Options{})
	j.Event(time.Now(), "starting")
	write(t, j.stream(Out), "one\ntw", "o\n", "\n")
	write(t, j.stream(Err), "a\x00b\xff\r\n")
	write(t, j.stream(Out), "no end")
	if err := j.Close(); err != nil {
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
