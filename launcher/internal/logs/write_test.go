package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// eventually waits for a condition.
func eventually(t testing.TB, condition string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", condition)
		}
	}
}

// tried returns after an attempt to write all output so far.
func tried(t testing.TB, j *Journal) {
	t.Helper()
	for range 2 { // when the second is taken, the first was tried
		write(t, j.stream(Out), "lost\n")
		eventually(t, "the line is taken", func() bool {
			j.mu.Lock()
			defer j.mu.Unlock()
			return len(j.lines.records) == 0
		})
	}
}

// printed returns the output of a stream.
func printed(t testing.TB, dir, service string, s Source) []byte {
	t.Helper()
	var got []byte
	err := Read(t.Context(), dir, []string{service}, Query{}, func(r Record) error {
		if r.Source == "" {
			t.Errorf("damaged record %.200q", r.Text)
		}
		if r.Source == s {
			got = append(got, r.Text...)
			if !r.Partial {
				got = append(got, '\n')
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	return got
}

// The output of streams comes back byte for byte, in whatever pieces it came.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("one\ntwo\n\n\tthree"), []byte("a\x00\xff\r\nb"), 3)
	f.Add(bytes.Repeat([]byte("x"), 3*maxText+1), bytes.Repeat([]byte("y\n"), 20_000), 4096)
	f.Add(append(bytes.Repeat([]byte("x"), maxText), '\n'), []byte("2026-01-02T15:04:05.123456Z o text\n"), 1<<20)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, out, err []byte, size int) {
		for _, name := range []string{"api.log", "api.log.1"} {
			os.Remove(filepath.Join(dir, name))
		}
		size = max(1, size&0xffff, len(out)/1000, len(err)/1000)
		j := open(t, dir, "api", Options{})
		left := map[Source][]byte{Out: out, Err: err}
		for len(left[Out])+len(left[Err]) > 0 {
			for _, s := range []Source{Out, Err} {
				n := min(size, len(left[s]))
				write(t, j.stream(s), string(left[s][:n]))
				left[s] = left[s][n:]
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		for s, want := range map[Source][]byte{Out: out, Err: err} {
			if got := printed(t, dir, "api", s); !bytes.Equal(got, want) {
				t.Errorf("%s came back as %.200q; want %.200q", s, got, want)
			}
		}
	})
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no such modes")
	}
	dir := Dir(t.TempDir(), "/home/me/shop")
	j := open(t, dir, "api", Options{MaxBytes: 1000})
	write(t, j.stream(Out), strings.Repeat(strings.Repeat("x", 200)+"\n", 10))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, dir + "/api.log": 0o600, dir + "/api.log.1": 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("mode of %s: %v, %v; want %v", file, info, err, want)
		}
	}
	if other := Dir("/state", "/home/me/shop2"); other == Dir("/state", "/home/me/shop") || Dir("/state", "/home/me/shop2/") != other {
		t.Errorf("Dir gives %s for another project", other)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	const most, lines = 32 << 10, 20_000
	for round := range 2 { // the second finds the files of the first
		j := open(t, dir, "api", Options{MaxBytes: most})
		for i := range lines {
			write(t, j.stream(Out), fmt.Sprintln("line", round*lines+i))
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"api.log", "api.log.1"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(text) > most || new(decoder).decode(text).Source == "" {
			t.Errorf("%s holds %d bytes, %.40q, %v; want a header and at most %d", name, len(text), text, err, most)
		}
	}
	got := strings.Split(string(printed(t, dir, "api", Out)), "\n")
	if len(got) < most/headerSize {
		t.Errorf("%d lines are left", len(got))
	}
	for i, line := range got[:len(got)-1] {
		if want := fmt.Sprint("line ", 2*lines-len(got)+1+i); line != want {
			t.Fatalf("line %d of %d is %q; want %q", i, len(got), line, want)
		}
	}
}

// No file is larger than its limit, also where records fill it to the last byte.
func TestLimit(t *testing.T) {
	h := newHeader(time.Now(), Out)
	record := appendRecord(nil, &h, bytes.Repeat([]byte("x"), 49-headerSize), false)
	for most := int64(950); most <= 1050; most++ {
		f := &file{dir: t.TempDir(), max: most}
		f.path = filepath.Join(f.dir, "api.log")
		for range 3 {
			if _, err := f.write(bytes.Repeat(record, 30)); err != nil {
				t.Fatal(err)
			}
		}
		f.close()
		for _, name := range []string{f.path, f.path + older} {
			if info, err := os.Stat(name); err != nil || info.Size() > most {
				t.Errorf("%s: %v, %v; want at most %d bytes", name, info.Size(), err, most)
			}
		}
	}
}

// A record may be larger than a file.
func TestTinyFiles(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, "api", Options{MaxBytes: 1})
	write(t, j.stream(Out), "one\ntwo\nthree\n")
	write(t, j.stream(Err), strings.Repeat("x", 100)+"\n")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, dir, []string{"api"}, Query{Lines: 1}), "api err "+strings.Repeat("x", 100)+"\n"; got != want {
		t.Errorf("last line: %q; want %q", got, want)
	}
}

// A reader that follows from before the log exists gets all of it once, over many
// rotations.
func TestFollow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines, ended := make(chan string, 1), make(chan error, 1)
	// Ends with cancel.
	go func() {
		ended <- Read(ctx, dir, []string{"api"}, Query{Follow: true}, func(r Record) error {
			select {
			case lines <- string(r.Text):
			case <-ctx.Done():
			}
			return nil
		})
	}()
	n := 0
	for range 2 {
		j := open(t, dir, "api", Options{MaxBytes: 1000})
		for range 15 {
			// At most one rotation between two polls of the reader.
			for i := range 20 {
				write(t, j.stream(Out), fmt.Sprintln("line", n+i))
			}
			for range 20 {
				want := fmt.Sprint("line ", n)
				select {
				case got := <-lines:
					if got != want {
						t.Errorf("followed %q; want %q", got, want)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("waited in vain for %q", want)
				}
				n++
			}
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Read: %v; want nil when the context ends", err)
	}
}

// A reader that is slower than the writer gets a note about the gap.
func TestFollowTooSlow(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, "api", Options{MaxBytes: 64 << 10})
	line := strings.Repeat("x", 200) + "\n"
	write(t, j.stream(Out), "first\n")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	err := Read(ctx, dir, []string{"api"}, Query{Follow: true}, func(r Record) error {
		switch string(r.Text) {
		case "first":
			for range 10 { // files
				write(t, j.stream(Out), strings.Repeat(line, (64<<10)/200))
			}
			write(t, j.stream(Err), "last\n")
			return j.Close()
		case "last":
			cancel()
		}
		if r.Source != Out {
			got = append(got, string(r.Text))
		}
		return nil
	})
	if want := "lines may be missing here: the log was written faster than it was read"; err != nil || len(got) != 2 || got[0] != want || got[1] != "last" {
		t.Errorf("followed %q, %v; want %q and last", got, err, want)
	}
}

// An unfinished line is shown before it ends.
func TestFollowUnfinished(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, "api", Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got strings.Builder
	write(t, j.stream(Out), "Passw")
	err := Read(ctx, dir, []string{"api"}, Query{Follow: true}, func(r Record) error {
		if fmt.Fprintf(&got, "%s %t,", r.Text, r.Partial); !r.Partial {
			cancel()
		} else {
			write(t, j.stream(Out), "ord\n")
		}
		return nil
	})
	if want := "Passw true,ord false,"; err != nil || got.String() != want {
		t.Errorf("followed %q, %v; want %q", got.String(), err, want)
	}
}

// Streams and events that come concurrently stay whole and in order.
func TestConcurrentStreams(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, "api", Options{})
	var all sync.WaitGroup
	want := map[Source]*bytes.Buffer{}
	for _, s := range []Source{Out, Err} {
		text := new(bytes.Buffer)
		want[s] = text
		// Ends by itself.
		all.Go(func() {
			for i := range 2000 {
				fmt.Fprintf(text, "%s %d\n", s, i)
			}
			for chunk := bytes.Clone(text.Bytes()); len(chunk) > 0; {
				n := min(len(chunk), 1+len(chunk)%97)
				if _, err := j.stream(s).Write(chunk[:n]); err != nil {
					t.Error(err)
				}
				chunk = chunk[n:]
			}
		})
	}
	var events strings.Builder
	for i := range 500 { // more could be too many to wait in memory
		fmt.Fprintf(&events, "event %d\n", i)
		j.Event(time.Now(), fmt.Sprint("event ", i))
	}
	all.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for s, text := range want {
		if got := printed(t, dir, "api", s); !bytes.Equal(got, text.Bytes()) {
			t.Errorf("%s came back as %d bytes; want %d", s, len(got), text.Len())
		}
	}
	if got := printed(t, dir, "api", Devrun); string(got) != events.String() {
		t.Errorf("the events came back as %d bytes; want %d", len(got), events.Len())
	}
}

// Two devruns that write to one log survive each other's rotation.
func TestTwoWriters(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir, "api", Options{MaxBytes: 2000}), open(t, dir, "api", Options{MaxBytes: 2000})
	for i := range 200 {
		write(t, a.stream(Out), fmt.Sprintln("a", i))
		write(t, b.stream(Err), fmt.Sprintln("b", i))
	}
	a.Close()
	b.Close()
	if got := read(t, dir, []string{"api"}, Query{Lines: 20}); strings.Contains(got, "api  ") || strings.Count(got, "\n") != 20 {
		t.Errorf("last lines: %q; want whole ones", got)
	}
}

// A record that was cut off by a kill does not spoil the next one.
func TestOpenAfterCut(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "api", "", at(1)+" o a\n"+at(2)+" o b")
	j := open(t, dir, "api", Options{})
	write(t, j.stream(Out), "c\n")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, dir, []string{"api"}, Query{}), "api out a\napi out b\napi out c\n"; got != want {
		t.Errorf("log: %q; want %q", got, want)
	}
}

// A log folder that was removed comes back.
func TestFolderCleared(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	j := open(t, dir, "api", Options{})
	write(t, j.stream(Out), "before\n")
	eventually(t, "the first line", func() bool { return len(printed(t, dir, "api", Out)) > 0 })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line in a new file", func() bool {
		write(t, j.stream(Out), "after\n")
		return bytes.Contains(printed(t, dir, "api", Out), []byte("after\n"))
	})
}

// A log that cannot be written is reported once, and counts the lost bytes when it
// can be written again.
func TestUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var reported []error
	j := open(t, dir, "api", Options{OnError: func(err error) { reported = append(reported, err) }})
	tried(t, j)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log works", func() bool {
		write(t, j.stream(Out), "kept\n")
		return bytes.Contains(printed(t, dir, "api", Out), []byte("kept\n"))
	})
	if err := j.Close(); err != nil {
		t.Errorf("Close: %v; want nil, since it works", err)
	}
	if got := string(printed(t, dir, "api", Devrun)); !strings.Contains(got, "bytes of the log are missing here: it could not be written\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("the log's own lines: %q; want one that counts what is missing", got)
	}
	if len(reported) != 1 || !strings.Contains(reported[0].Error(), dir) {
		t.Errorf("reported %v; want one error of %s", reported, dir)
	}
	write(t, j.stream(Out), "after Close\n")
}

// While the disk hangs the service keeps running, and memory stays bounded.
func TestSlowDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	hangs, goOn := make(chan struct{}), make(chan struct{})
	// The callback hangs as a write would.
	j := NewJournal(Options{OnError: func(error) { close(hangs); <-goOn }})
	if err := j.Start(dir, "api"); err != nil {
		t.Fatal(err)
	}
	write(t, j.stream(Out), "first\n")
	<-hangs
	line := strings.Repeat("x", 1023) + "\n"
	for range 10 << 10 {
		write(t, j.stream(Out), line)
	}
	j.mu.Lock()
	if size := len(j.lines.records); size > maxQueue+2*maxPart || j.dropped < 8<<20 {
		t.Errorf("%d bytes wait and %d were dropped; want about %d to wait", size, j.dropped, maxQueue)
	}
	j.mu.Unlock()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(printed(t, dir, "api", Devrun)); !strings.Contains(got, "bytes of output are missing here: the log could not keep up\n") {
		t.Errorf("the log's own lines: %q; want one that counts what is missing", got)
	}
	if got := printed(t, dir, "api", Out); len(got) < maxQueue/2 {
		t.Errorf("%d bytes were kept; want those that waited", len(got))
	}
}

// Nothing is opened before Start; the events until then come first in the log.
func TestStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	j := NewJournal(Options{})
	j.Event(time.Now(), "starting")
	write(t, j.stream(Err), "warning")
	j.Event(time.Now(), "two\nlines")
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Start: %v; want no folder", err)
	}
	if err := j.Start(dir, "api"); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want := "api devrun starting\napi err warningapi devrun two\napi devrun lines\n"
	if got := read(t, dir, []string{"api"}, Query{}); got != want {
		t.Errorf("log: %q; want %q", got, want)
	}
}

// A journal that is never started makes no file, and its memory is bounded.
func TestNeverStarted(t *testing.T) {
	j := NewJournal(Options{})
	for range 10_000 {
		j.Event(time.Now(), strings.Repeat("x", 100))
	}
	if size := len(j.lines.records); size > maxQueue+200 {
		t.Errorf("%d bytes wait; want at most about %d", size, maxQueue)
	}
	for range 2 {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := j.Start(t.TempDir(), "api"); err != nil || j.file != nil {
		t.Errorf("Start after Close: %v, file %v; want nothing", err, j.file)
	}
}
