package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// store writes the files of a log; "" makes none.
func store(t testing.TB, dir, service, before, now string) {
	t.Helper()
	for name, text := range map[string]string{service + suffix + older: before, service + suffix: now} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// at returns the time of a record.
func at(second int) string { return fmt.Sprintf("2026-01-02T15:04:%02d.000000Z", second) }

func TestReadDamaged(t *testing.T) {
	long := strings.Repeat("z", 3*maxLine)
	for name, test := range map[string]struct{ before, now, want string }{
		"raw line":          {"", at(1) + " o a\nnoise\n" + at(2) + " e b\n", "api out a\napi  noise\napi err b\n"},
		"cut record":        {"", at(1) + " o a\n" + at(2) + " e b", "api out a\napi err b"},
		"cut header":        {"", at(1) + " o a\n" + at(2)[:9], "api out a\napi  " + at(2)[:9]},
		"cut before a file": {at(1) + " o a\n" + at(2) + " e b", at(3) + " o c\n", "api out a\napi err bapi out c\n"},
		"older file alone":  {at(1) + " o a\n", "", "api out a\n"},
		"same as above":     {"", at(1) + " o a\n\tb\n\t\tc\n\t\n", "api out a\napi out b\napi out \tc\napi out \n"},
		"same as nothing":   {"\tb\n" + at(1) + " o a\n", "", "api  \tb\napi out a\n"},
		"same as noise":     {"", at(1) + " o a\nnoise\n\tb\n", "api out a\napi  noise\napi  \tb\n"},
		"earlier format":    {"", at(1) + " f 3\n" + at(1) + " o a\n\tb\n", "api  " + at(1) + " f 3\napi out a\napi out b\n"},
		"too long": {"", long + "\n" + at(1) + " o a\n",
			"api  " + long[:maxLine] + "api  " + long[:maxLine] + "api  " + long[:maxLine] + "\napi out a\n"},
		"NULs":         {"", "\x00\x00\n" + at(1) + " o a\n", "api  \x00\x00\napi out a\n"},
		"nothing else": {"", "\n", "api  \n"},
	} {
		dir := t.TempDir()
		store(t, dir, "api", test.before, test.now)
		if got := read(t, dir, []string{"api"}, Query{}); got != test.want {
			t.Errorf("%s: %.200q; want %.200q", name, got, test.want)
		}
	}
}

func TestReadLines(t *testing.T) {
	before := at(1) + " o 1\n\t2\n\t3\n" + at(2) + " o+4 a"
	before += "\n"
	now := at(3) + " o  4 b\n" + at(4) + " e 5\n\t6\n\t7\n" + at(5) + " o+8\n" + at(6) + " o+ 8\n"
	all := []string{"api out 1\n", "api out 2\n", "api out 3\n", "api out 4 aapi out  4 b\n", "api err 5\n", "api err 6\n", "api err 7\n", "api out 8api out  8"}
	dir := t.TempDir()
	store(t, dir, "api", before, now)
	for n := range len(all) + 2 {
		want := strings.Join(all[max(0, len(all)-n):], "")
		q := Query{Lines: n}
		if n == 0 {
			q.Lines = -1
		}
		if got := read(t, dir, []string{"api"}, q); got != want {
			t.Errorf("last %d lines: %q; want %q", n, got, want)
		}
	}
	if got, want := read(t, dir, []string{"api"}, Query{}), strings.Join(all, ""); got != want {
		t.Errorf("all lines: %q; want %q", got, want)
	}
}

func TestReadSince(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "api", at(1)+" o 1\n", at(2)+" o 2\nnoise\n"+at(3)+" o 3\n")
	since := time.Date(2026, 1, 2, 15, 4, 2, 0, time.UTC)
	if got, want := read(t, dir, []string{"api"}, Query{Since: since}), "api out 2\napi  noise\napi out 3\n"; got != want {
		t.Errorf("since 2 s: %q; want %q", got, want)
	}
	if got, want := read(t, dir, []string{"api"}, Query{Since: since, Lines: 9}), "api out 2\napi  noise\napi out 3\n"; got != want {
		t.Errorf("since 2 s, 9 lines: %q; want %q", got, want)
	}
	if got := read(t, dir, []string{"api"}, Query{Since: since.Add(time.Hour)}); got != "" {
		t.Errorf("since later: %q; want nothing", got)
	}
}

func TestReadMerges(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "api", at(1)+" o 1\n", at(4)+" o 4\n"+at(6)+" o 6\n")
	store(t, dir, "db", "", at(2)+" e 2\n"+at(4)+" e 4\n"+at(5)+" e 5\n")
	got := read(t, dir, []string{"api", "db", "none"}, Query{})
	if want := "api out 1\ndb err 2\napi out 4\ndb err 4\ndb err 5\napi out 6\n"; got != want {
		t.Errorf("merged: %q; want %q", got, want)
	}
	if got, want := read(t, dir, []string{"api", "db"}, Query{Lines: 1}), "db err 5\napi out 6\n"; got != want {
		t.Errorf("the last of each: %q; want %q", got, want)
	}
	names, err := Services(dir)
	if want := []string{"api", "db"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("Services = %q, %v; want %q", names, err, want)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	none := func(Record) error { return nil }
	if err := Read(t.Context(), dir, []string{"api"}, Query{}, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of no log: %v; want ErrNotExist", err)
	}
	for _, name := range []string{"", "..", "../x", "a/b", "/x"} {
		if err := Read(t.Context(), dir, []string{name}, Query{}, none); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Read of service %q: %v; want ErrInvalid", name, err)
		}
		if err := NewJournal(Options{}).Start(dir, name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Start for service %q: %v; want ErrInvalid", name, err)
		}
	}
	store(t, dir, "api", "", at(1)+" o 1\n")
	enough := errors.New("enough")
	if err := Read(t.Context(), dir, []string{"api"}, Query{Follow: true}, func(Record) error { return enough }); err != enough {
		t.Errorf("Read with a w that fails: %v; want its error as it is", err)
	}
	if names, err := Services(filepath.Join(dir, "none")); err != nil || len(names) > 0 {
		t.Errorf("Services of no folder = %q, %v; want none", names, err)
	}
}

// Any file can be read, and the last n lines are the end of all lines.
func FuzzRead(f *testing.F) {
	f.Add([]byte(at(1)+" o 1\n\t2\n\t3\n"), []byte(at(2)+" e+4\n"+at(3)+" e 4\n\n\tx"), 2)
	f.Add([]byte("\tx\n\ty\n"), []byte("\n\n\n"), 1)
	f.Add([]byte(at(1)+" o+1"), []byte(at(2)+" o+2\n"+at(3)+" d+3"), 1)
	f.Add(bytes.Repeat([]byte(at(1)+" o some text\n\tmore\n"), 3000), bytes.Repeat([]byte("\n"), 1), 2900)
	f.Add([]byte("0000-01-01T00:00:00.000000Z o before year 1"), []byte("\n"), 2)
	f.Add([]byte("0"), []byte("2026-01-02T65:04:02.000000Z o+no time\n"), 2)
	f.Add(bytes.Repeat([]byte("x"), 200_000), append(bytes.Repeat([]byte("x"), readSize-1), "\n"+at(1)+" o y\n"...), 1)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, before, now []byte, lines int) {
		for _, name := range []string{"api.log", "api.log.1"} {
			os.Remove(filepath.Join(dir, name))
		}
		store(t, dir, "api", string(before)+"\n", string(now)+"\n")
		all := read(t, dir, []string{"api"}, Query{})
		if size := strings.Count(all, ""); size < (len(before)+len(now))/40 {
			t.Errorf("of %d bytes %d were read", len(before)+len(now), size)
		}
		lines &= 0xfff
		last := read(t, dir, []string{"api"}, Query{Lines: lines})
		if !strings.HasSuffix(all, last) {
			t.Errorf("the last %d lines of %.300q are %.300q", lines, all, last)
		}
		if n := strings.Count(last, "\n"); lines > 0 && n > lines {
			t.Errorf("%d lines of %.300q; want at most %d", n, last, lines)
		}
	})
}
