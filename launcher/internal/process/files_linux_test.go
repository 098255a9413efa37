package process

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// within reports whether ok comes true in the patience of tests.
func within(ok func() bool) bool {
	for end := time.Now().Add(patienceOfTests); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
}

func TestWriters(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	file := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	appended, read, both, closed, linked := file("appended"), file("read"), file("both"), file("closed"), filepath.Join(dir, "link")
	if err := os.Symlink(appended, linked); err != nil {
		t.Fatal(err)
	}
	p, out := service(t, `cd '`+dir+`'; exec 3>>appended 4<read 5<>both; echo x >closed; (echo $$; exec sleep 1000); :`)
	out.pid(t)
	found := p.View().Writers([]string{appended, read, both, closed, linked, filepath.Join(dir, "none")})
	for path, want := range map[string]bool{appended: true, both: true, read: false, closed: false} {
		if m, got := found[path]; got != want && !(path == appended && found[linked].PID != 0) || got && m.PID == 0 {
			t.Errorf("%s: got %v; want %v", path, m, want)
		}
	}
	terminate(t, p)
	if found := p.View().Writers([]string{appended}); len(found) > 0 {
		t.Errorf("after its end: got %v; want nobody", found)
	}
}

// tail(1) watches a file by inotify.
func TestWatchers(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	page, other := filepath.Join(dir, "page"), filepath.Join(t.TempDir(), "other")
	for _, path := range []string{page, other} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, out := service(t, `tail -f '`+page+`' & echo $!; echo $$; exec sleep 1000`)
	tail, beside := out.pid(t), out.pid(t)
	if !within(func() bool { return p.View().Watchers([]string{page}, tail)[page].PID == tail }) {
		t.Fatal("the process that watches the file is not found")
	}
	for name, tt := range map[string]struct {
		file     string
		listener int
		want     int
	}{
		"a file that nobody watches":     {other, tail, 0},
		"a process beside it listens":    {page, beside, 0},
		"nobody of the tree listens":     {page, os.Getpid(), tail},
		"a file that was made since":     {filepath.Join(dir, "page"), tail, tail},
		"a file of a folder that is not": {filepath.Join(dir, "none", "x"), tail, 0},
	} {
		if got := p.View().Watchers([]string{tt.file}, tt.listener)[tt.file].PID; got != tt.want {
			t.Errorf("%s: got %d; want %d", name, got, tt.want)
		}
	}
}

func TestStored(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Type == unix.TMPFS_MAGIC {
		t.Skip("the temporary folder is in memory")
	}
	s := spec(`echo $$; read line; echo x >'` + dir + `/file'; echo $$; sleep 1000; :`)
	out := newLines()
	in, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Stdout, s.Stdin = out, in
	p := start(t, s)
	in.Close()
	defer write.Close()
	out.pid(t)
	before, _, err := p.View().Output()
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := p.View().Output(); again != before || err != nil {
		t.Errorf("at rest: got %d and %d, %v; want the same", before, again, err)
	}
	if _, err := write.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	out.pid(t)
	if after, _, err := p.View().Output(); after <= before || err != nil {
		t.Errorf("got %d, then %d, %v; want more", before, after, err)
	}
}

func TestParseInotify(t *testing.T) {
	for line, want := range map[string]inode{
		"inotify wd:3 ino:9e7e sdev:800013 mask:800afce ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:7e9e0000640d1b6d": {dev: 0x813, ino: 0x9e7e},
		"inotify wd:1 ino:ffffffffffffffff sdev:1f mask:2":                                                                       {dev: 0x1f, ino: 1<<64 - 1},
		"inotify wd:1 sdev:1f": {},
		"pos:\t0":              {},
		"":                     {},
	} {
		got, ok := parseInotify(line)
		if ok != (want.ino != 0) || ok && got != want {
			t.Errorf("%q: got %+v, %v; want %+v", line, got, ok, want)
		}
	}
}

func FuzzParseInotify(f *testing.F) {
	f.Add("inotify wd:3 ino:9e7e sdev:800013 mask:800afce")
	f.Fuzz(func(t *testing.T, line string) {
		if id, ok := parseInotify(line); ok && id.ino == 0 {
			t.Errorf("%q: an inode without a number", line)
		}
	})
}
