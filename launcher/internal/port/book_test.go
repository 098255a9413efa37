package port

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"devrun/launcher/internal/wholefile"
)

// openBook opens a book in a folder that does not exist yet.
func openBook(t testing.TB) *Book {
	t.Helper()
	b, err := OpenBook(filepath.Join(t.TempDir(), "devrun", "ports"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func someAssignment(service string) Assignment {
	return Assignment{Project: "/home/x/shop", Service: service, Port: 61234, NoReuseAddr: true, Chosen: time.Unix(1_700_000_000, 5).UTC()}
}

// save saves a and returns its file.
func save(t testing.TB, b *Book, a Assignment) (path string) {
	t.Helper()
	if err := b.Save(a); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(b.folder.Dir, assignmentName(a.Project, a.Service))
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func TestBookRoundTrip(t *testing.T) {
	b := openBook(t)
	if list, err := b.List(); err != nil || len(list) != 0 {
		t.Errorf("List of a new book = %v, %v; want none", list, err)
	}
	if _, err := b.Load("/home/x/shop", "api"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load from a new book: %v; want fs.ErrNotExist", err)
	}
	if _, err := os.Stat(b.folder.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat of the folder before Save: %v; want fs.ErrNotExist", err)
	}

	web, api := someAssignment("web"), someAssignment("api")
	other := Assignment{Project: "/a", Service: "web", Port: 1, Chosen: time.Unix(1, 0).UTC()}
	for _, a := range []Assignment{web, other, api} {
		path := save(t, b, a)
		if info, err := os.Stat(path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
			t.Errorf("mode of the file = %v, %v; want 0600", info.Mode(), err)
		}
		if got, err := b.Load(a.Project, a.Service); err != nil || got != a {
			t.Errorf("Load = %+v, %v; want %+v", got, err, a)
		}
	}
	if info, err := os.Stat(b.folder.Dir); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o700) {
		t.Errorf("mode of the folder = %v, %v; want 0700", info.Mode(), err)
	}
	if list, err := b.List(); err != nil || !reflect.DeepEqual(list, []Assignment{other, api, web}) {
		t.Errorf("List() = %+v, %v; want them by project and service", list, err)
	}
	for range 2 {
		if err := b.Forget(web.Project, web.Service); err != nil {
			t.Errorf("Forget: %v", err)
		}
	}
	if _, err := b.Load(web.Project, web.Service); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load after Forget: %v; want fs.ErrNotExist", err)
	}
	if list, err := b.List(); err != nil || len(list) != 2 {
		t.Errorf("List after Forget = %v, %v; want the other two", list, err)
	}
}

// The name is part of the format: another one would forget everybody's ports.
func TestAssignmentFileGolden(t *testing.T) {
	b := openBook(t)
	a := someAssignment("api")
	a.Chosen = a.Chosen.In(time.FixedZone("", 3600))
	path := save(t, b, a)
	if got, want := filepath.Base(path), "2beaf4265e74951832368ecfbb0a590c.json"; got != want {
		t.Errorf("name = %s; want %s", got, want)
	}
	const want = `{
  "version": 1,
  "project": "/home/x/shop",
  "service": "api",
  "port": 61234,
  "no_reuse_addr": true,
  "chosen": "2023-11-14T22:13:20.000000005Z"
}
`
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("content = %s, %v; want %s", got, err, want)
	}
}

func TestSaveOfTheSameWritesNothing(t *testing.T) {
	b := openBook(t)
	a := someAssignment("api")
	path := save(t, b, a)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	a.Chosen = a.Chosen.Local()
	save(t, b, a)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced (%v); want it left alone", err)
	}
	a.Port++
	save(t, b, a)
	if got, err := b.Load(a.Project, a.Service); err != nil || got.Port != a.Port {
		t.Errorf("Load = %+v, %v; want port %d", got, err, a.Port)
	}
	if got := names(t, b.folder.Dir); len(got) != 1 {
		t.Errorf("files = %v; want no temporary one", got)
	}
}

func TestDamagedAssignmentIsSetAside(t *testing.T) {
	for name, content := range map[string]string{
		"empty":          "",
		"cut":            `{"version":1,"proj`,
		"not JSON":       "\x00\x00\x00\x00",
		"not an object":  "[]",
		"no version":     `{"project":"/home/x/shop","service":"api","port":61234}`,
		"bad port":       `{"version":1,"project":"/home/x/shop","service":"api","port":70000}`,
		"no port":        `{"version":1,"project":"/home/x/shop","service":"api"}`,
		"wrong type":     `{"version":1,"project":"/home/x/shop","service":"api","port":"61234"}`,
		"of another one": `{"version":1,"project":"/home/x/shop","service":"web","port":61234}`,
	} {
		for _, how := range []string{"Load", "List"} {
			t.Run(name+"/"+how, func(t *testing.T) {
				b := openBook(t)
				good, bad := someAssignment("good"), someAssignment("api")
				save(t, b, good)
				path := save(t, b, bad)
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				var err error
				if how == "Load" {
					_, err = b.Load(bad.Project, bad.Service)
				} else {
					var list []Assignment
					if list, err = b.List(); !slices.Equal(list, []Assignment{good}) {
						t.Errorf("List() = %+v; want the good one", list)
					}
				}
				var aside *wholefile.ReadError
				if !errors.As(err, &aside) || aside.Path != path || errors.Is(err, fs.ErrNotExist) {
					t.Fatalf("error = %v; want a *wholefile.ReadError for %s", err, path)
				}
				if kept, err := os.ReadFile(aside.MovedTo); err != nil || string(kept) != content {
					t.Errorf("%s = %q, %v; want the damaged content", aside.MovedTo, kept, err)
				}
				if aside.MovedTo != path+".bad" {
					t.Errorf("moved to %s; want %s.bad", aside.MovedTo, path)
				}
				if _, err := b.Load(bad.Project, bad.Service); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("Load afterwards: %v; want fs.ErrNotExist", err)
				}
				if _, err := b.List(); err != nil {
					t.Errorf("List afterwards: %v; want it to be quiet", err)
				}
			})
		}
	}
}

func TestNewerVersionIsLeftAlone(t *testing.T) {
	b := openBook(t)
	a := someAssignment("api")
	path := save(t, b, a)
	const newer = `{"version": 2, "port": {"v4": 61234}}`
	if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Load(a.Project, a.Service); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load: %v; want fs.ErrNotExist", err)
	}
	if list, err := b.List(); err != nil || len(list) != 0 {
		t.Errorf("List() = %v, %v; want none", list, err)
	}
	save(t, b, a)
	if got, err := os.ReadFile(path); err != nil || string(got) != newer {
		t.Errorf("the file = %s, %v; want it as it was", got, err)
	}
	if err := b.Forget(a.Project, a.Service); err != nil || len(names(t, b.folder.Dir)) != 0 {
		t.Errorf("Forget: %v; want the file gone", err)
	}
}

func TestSaveRefusesWhatCannotBeReadBack(t *testing.T) {
	b := openBook(t)
	for _, a := range []Assignment{
		{Project: "/p", Service: "s", Port: 0},
		{Project: "/p", Service: "s", Port: 65536},
		{Project: "/p\xff", Service: "s", Port: 1},
		{Project: "/p\x00", Service: "s", Port: 1},
	} {
		var bookErr *wholefile.Error
		if err := b.Save(a); !errors.As(err, &bookErr) || bookErr.Op != "write port assignment" {
			t.Errorf("Save(%+v): %v; want a *wholefile.Error", a, err)
		}
	}
	if got := names(t, b.folder.Dir); len(got) != 0 {
		t.Errorf("files = %v; want none", got)
	}
}

func TestOpenBookOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenBook(path)
	var bookErr *wholefile.Error
	if want := "open port assignments " + path + ": not a directory"; !errors.As(err, &bookErr) || err.Error() != want || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("OpenBook on a file: %v; want %s", err, want)
	}
	// The file comes later, in place of the folder.
	b := openBook(t)
	if err := os.WriteFile(filepath.Dir(b.folder.Dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Save(someAssignment("api")); !errors.As(err, &bookErr) {
		t.Errorf("Save below a file: %v; want a *wholefile.Error", err)
	}
}

// A caller that could not open the book carries on with none.
func TestNilBook(t *testing.T) {
	var b *Book
	if _, err := b.Load("/p", "s"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load: %v; want fs.ErrNotExist", err)
	}
	if list, err := b.List(); err != nil || len(list) != 0 {
		t.Errorf("List() = %v, %v; want none", list, err)
	}
	if err := errors.Join(b.Save(someAssignment("api")), b.Forget("/p", "s")); err != nil {
		t.Errorf("Save and Forget: %v", err)
	}
}

// Many write one entry at once while others read: each read gives a whole one.
func TestBookAtOnce(t *testing.T) {
	b := openBook(t)
	a := someAssignment("api")
	save(t, b, a)
	var group sync.WaitGroup
	for i := range 8 {
		// Ends after its 50 rounds.
		group.Go(func() {
			for n := range 50 {
				mine := a
				mine.Port = 1000*(i+1) + n
				if err := b.Save(mine); err != nil {
					t.Error(err)
				}
				if _, err := b.Load(a.Project, a.Service); err != nil {
					t.Error(err)
				}
				if err := b.Save(someAssignment(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
				if _, err := b.List(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := names(t, b.folder.Dir); len(got) != 9 {
		t.Errorf("files = %v; want nine, and no temporary one", got)
	}
}

func FuzzDecodeAssignment(f *testing.F) {
	good, err := someAssignment("api").encode()
	if err != nil {
		f.Fatal(err)
	}
	name := assignmentName("/home/x/shop", "api")
	f.Add(good)
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`{"version":1,"port":-1}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeAssignment(data, name)
		if err != nil {
			return
		}
		again, err := a.encode()
		if err != nil {
			t.Fatalf("encode(%+v): %v", a, err)
		}
		if b, err := decodeAssignment(again, name); err != nil || b.Port != a.Port || !b.Chosen.Equal(a.Chosen) {
			t.Errorf("read back %+v, %v; want %+v", b, err, a)
		}
	})
}

func BenchmarkBookLoad(b *testing.B) {
	book := openBook(b)
	a := someAssignment("api")
	save(b, book, a)
	for b.Loop() {
		if _, err := book.Load(a.Project, a.Service); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBookSaveTheSame(b *testing.B) {
	book := openBook(b)
	a := someAssignment("api")
	for b.Loop() {
		if err := book.Save(a); err != nil {
			b.Fatal(err)
		}
	}
}
