package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// tried returns when what was printed has been tried to be written.
func tried(t testing.TB, l *Log) {
	t.Helper()
	for range 2 { // when the second is taken the first has been tried
		write(t, l.Stream(Out), "lost\n")
		eventually(t, "the line is taken", func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.queue == nil
		})
	}
}

// printed joins what a stream printed.
func printed(t testing.TB, dir, service string, s Source) []byte {
	t.Helper()
	var got []byte
	err := Read(t.Context(), dir, service, Query{}, func(r Record) error {
		if r.Raw {
			t.Errorf("raw record %.200q", r.Text)
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

// What streams print comes back byte for byte, in whatever pieces it came.
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
		l := open(t, dir, "api", Options{})
		left := map[Source][]byte{Out: out, Err: err}
		for len(left[Out])+len(left[Err]) > 0 {
			for _, s := range []Source{Out, Err} {
				n := min(size, len(left[s]))
				write(t, l.Stream(s), string(left[s][:n]))
				left[s] = left[s][n:]
			}
		}
		if err := l.Close(); err != nil {
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
	l := open(t, dir, "api", Options{MaxBytes: 1000})
	write(t, l.Stream(Out), strings.Repeat(strings.Repeat("x", 2*maxShort)+"\n", 10))
	if err := l.Close(); err != nil {
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
		l := open(t, dir, "api", Options{MaxBytes: most})
		for i := range lines {
			write(t, l.Stream(Out), fmt.Sprintln("line", round*lines+i))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"api.log", "api.log.1"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(text) > most || !isHeader(text) {
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

// A record may be larger than a file.
func TestTinyFiles(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, "api", Options{MaxBytes: 1})
	write(t, l.Stream(Out), "one\ntwo\nthree\n")
	write(t, l.Stream(Err), strings.Repeat("x", 100)+"\n")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, dir, []string{"api"}, Query{Lines: 1}), "api err "+strings.Repeat("x", 100)+"\n"; got != want {
		t.Errorf("last line: %q; want %q", got, want)
	}
}

// A reader that follows from before the log exists hears all of it once, over
// many rotations.
func TestFollow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines, ended := make(chan string, 1), make(chan error, 1)
	// Ends with cancel.
	go func() {
		ended <- Read(ctx, dir, "api", Query{Follow: true}, func(r Record) error {
			select {
			case lines <- string(r.Text):
			case <-ctx.Done():
			}
			return nil
		})
	}()
	n := 0
	for range 2 {
		l := open(t, dir, "api", Options{MaxBytes: 1000})
		for range 15 {
			// At most one rotation between two looks of the reader.
			for i := range 20 {
				write(t, l.Stream(Out), fmt.Sprintln("line", n+i))
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
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Read: %v; want nil when the context ends", err)
	}
}

// A reader that is slower than the writer is told what it has missed.
func TestFollowTooSlow(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, "api", Options{MaxBytes: 64 << 10})
	line := strings.Repeat("x", 2*maxShort) + "\n"
	write(t, l.Stream(Out), "first\n")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	err := Read(ctx, dir, "api", Query{Follow: true}, func(r Record) error {
		switch string(r.Text) {
		case "first":
			for range 10 { // files
				write(t, l.Stream(Out), strings.Repeat(line, (64<<10)/(2*maxShort)))
			}
			write(t, l.Stream(Err), "last\n")
			return l.Close()
		case "last":
			cancel()
		}
		if r.Source != Out {
			got = append(got, string(r.Text))
		}
		return nil
	})
	if want := fmt.Sprintf("%d files of this log are missing here: it was written faster than it was read", numberOf(dir+"/api.log.1")-2); err != nil || len(got) != 2 || got[0] != want || got[1] != "last" {
		t.Errorf("followed %q, %v; want %q and last", got, err, want)
	}
}

// What is left unfinished is seen while it is.
func TestFollowUnfinished(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, "api", Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got strings.Builder
	write(t, l.Stream(Out), "Passw")
	err := Read(ctx, dir, "api", Query{Follow: true}, func(r Record) error {
		if fmt.Fprintf(&got, "%s %t,", r.Text, r.Partial); !r.Partial {
			cancel()
		} else {
			write(t, l.Stream(Out), "ord\n")
		}
		return nil
	})
	if want := "Passw true,ord false,"; err != nil || got.String() != want {
		t.Errorf("followed %q, %v; want %q", got.String(), err, want)
	}
}

// Streams that print at once keep their lines whole and in their order.
func TestConcurrentStreams(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, "api", Options{})
	var all sync.WaitGroup
	want := map[Source]*bytes.Buffer{}
	for _, s := range []Source{Out, Err, Devrun} {
		text := new(bytes.Buffer)
		want[s] = text
		// Ends by itself.
		all.Go(func() {
			for i := range 2000 {
				fmt.Fprintf(text, "%s %d\n", s, i)
			}
			for chunk := bytes.Clone(text.Bytes()); len(chunk) > 0; {
				n := min(len(chunk), 1+len(chunk)%97)
				if _, err := l.Stream(s).Write(chunk[:n]); err != nil {
					t.Error(err)
				}
				chunk = chunk[n:]
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for s, text := range want {
		if got := printed(t, dir, "api", s); !bytes.Equal(got, text.Bytes()) {
			t.Errorf("%s came back as %d bytes; want %d", s, len(got), text.Len())
		}
	}
}

// Two devruns that write to one log lose nothing to each other's rotation.
func TestTwoWriters(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir, "api", Options{MaxBytes: 2000}), open(t, dir, "api", Options{MaxBytes: 2000})
	for i := range 200 {
		write(t, a.Stream(Out), fmt.Sprintln("a", i))
		write(t, b.Stream(Err), fmt.Sprintln("b", i))
	}
	a.Close()
	b.Close()
	if got := read(t, dir, []string{"api"}, Query{Lines: 20}); strings.Contains(got, "api  ") || strings.Count(got, "\n") != 20 {
		t.Errorf("last lines: %q; want whole ones", got)
	}
}

// What another run was killed in the middle of does not spoil the next line.
func TestOpenAfterCut(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "api", "", at(1)+" o a\n"+at(2)+" o b")
	l := open(t, dir, "api", Options{})
	write(t, l.Stream(Out), "c\n")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, dir, []string{"api"}, Query{}), "api out a\napi out b\napi out c\n"; got != want {
		t.Errorf("log: %q; want %q", got, want)
	}
}

// A state folder that was cleared away comes back.
func TestFolderCleared(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	l := open(t, dir, "api", Options{})
	write(t, l.Stream(Out), "before\n")
	eventually(t, "the first line", func() bool { return len(printed(t, dir, "api", Out)) > 0 })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line in a new file", func() bool {
		write(t, l.Stream(Out), "after\n")
		return bytes.Contains(printed(t, dir, "api", Out), []byte("after\n"))
	})
}

// A log that cannot be written costs lines, not the service, says so once, and
// counts them when it can.
func TestUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var reported []error
	l := open(t, dir, "api", Options{OnError: func(err error) { reported = append(reported, err) }})
	tried(t, l)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log works", func() bool {
		write(t, l.Stream(Out), "kept\n")
		return bytes.Contains(printed(t, dir, "api", Out), []byte("kept\n"))
	})
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v; want nil, since it works", err)
	}
	if got := string(printed(t, dir, "api", Devrun)); !strings.Contains(got, "bytes of the log are missing here: it could not be written\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("the log's own lines: %q; want one that counts what is missing", got)
	}
	var file *FileError
	if len(reported) != 1 || !errors.As(reported[0], &file) || file.Path != dir {
		t.Errorf("reported %v; want one *FileError of %s", reported, dir)
	}
	if n, err := io.WriteString(l.Stream(Out), "x"); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close = %d, %v; want ErrClosed", n, err)
	}
}

// While the disk hangs the service goes on, and memory stays bounded.
func TestSlowDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	hangs, goOn := make(chan struct{}), make(chan struct{})
	l := open(t, dir, "api", Options{})
	l.options.OnError = func(error) { close(hangs); <-goOn } // as a write would
	l.failed = time.Time{}
	write(t, l.Stream(Out), "first\n")
	<-hangs
	line := strings.Repeat("x", 1023) + "\n"
	for range 10 << 10 {
		write(t, l.Stream(Out), line)
	}
	l.mu.Lock()
	if size := len(l.queue.data); size > maxQueue || l.dropped < 8<<20 {
		t.Errorf("%d bytes wait and %d were dropped; want at most %d to wait", size, l.dropped, maxQueue)
	}
	l.mu.Unlock()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := string(printed(t, dir, "api", Devrun)); !strings.Contains(got, "bytes of output are missing here: the log could not keep up\n") {
		t.Errorf("the log's own lines: %q; want one that counts what is missing", got)
	}
	if got := printed(t, dir, "api", Out); len(got) < maxQueue-len(line) {
		t.Errorf("%d bytes were kept; want what waited", len(got))
	}
}
