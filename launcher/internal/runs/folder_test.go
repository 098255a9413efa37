package runs

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	"devrun/launcher/internal/wholefile"
)

func open(t *testing.T) *Folder {
	t.Helper()
	m, err := Open(filepath.Join(t.TempDir(), "devrun"))
	if err != nil {
		t.Fatal(err)
	}
	return m.Runs
}

func TestRoundTrip(t *testing.T) {
	folder := open(t)
	want := Record{Version: 1, ID: "a1", PID: 42, StartTicks: 7, Started: time.Unix(1, 0).UTC(), Project: "shop",
		Services: []Service{{Name: "api", Place: Place{Addr: netip.MustParseAddrPort("127.0.0.1:61000")}, Command: []string{"./api"}}, {Name: "worker"}}}
	if err := folder.Write(want); err != nil {
		t.Fatal(err)
	}
	got, err := folder.List()
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("List() = %+v, %v; want %+v", got, err, want)
	}
	if got, err := folder.Get("a1"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Get() = %+v, %v; want %+v", got, err, want)
	}
	if info, err := os.Stat(folder.Path("a1")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the record = %v, %v; want 0600", info.Mode(), err)
	}
	for range 2 {
		if err := folder.Remove("a1"); err != nil {
			t.Errorf("Remove: %v", err)
		}
	}
	if got, err := folder.List(); err != nil || len(got) != 0 {
		t.Errorf("List() after Remove = %v, %v; want none", got, err)
	}
	if _, err := folder.Get("a1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get() after Remove: %v; want fs.ErrNotExist", err)
	}
}

// An older devrun wrote a URL and a port in place of the address.
func TestOlderRecord(t *testing.T) {
	folder := open(t)
	text := `{"version":1,"id":"old","pid":42,"services":[{"name":"api","port":61000,"url":"http://[::1]:61000"},{"name":"worker"}]}`
	if err := os.WriteFile(folder.Path("old"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := folder.Get("old")
	if err != nil || len(got.Services) != 2 || got.Services[0].Addr != netip.MustParseAddrPort("[::1]:61000") || got.Services[1].Port() != 0 {
		t.Errorf("got %+v, %v; want the address of api and none of worker", got, err)
	}
}

func TestUnreadableRecords(t *testing.T) {
	folder := open(t)
	if err := folder.Write(Record{ID: "good"}); err != nil {
		t.Fatal(err)
	}
	damaged := map[string]string{"cut": `{"version":1,"pid":`, "empty": "", "none": `{"id":"none"}`, "type": `{"version":1,"pid":"x"}`}
	newer := map[string]string{"later": `{"version":99,"id":"later"}`, "other": `{"version":2,"id":7,"services":{"api":1}}`}
	for _, texts := range []map[string]string{damaged, newer} {
		for id, text := range texts {
			if err := os.WriteFile(folder.Path(id), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := folder.List()
	if len(got) != 1 || got[0].ID != "good" {
		t.Errorf("List() = %+v; want the good record alone", got)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != len(damaged) {
		t.Fatalf("List(): %v; want %d errors", err, len(damaged))
	}
	for _, err := range joined.Unwrap() {
		var record *wholefile.ReadError
		if !errors.As(err, &record) || record.MovedTo != record.Path+".bad" {
			t.Errorf("got %#v; want a *wholefile.ReadError that names the file set aside", err)
		}
	}
	exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
	for id := range damaged {
		if exists(folder.Path(id)) || !exists(folder.Path(id)+".bad") {
			t.Errorf("%s was not set aside", id)
		}
	}
	for id := range newer {
		if !exists(folder.Path(id)) {
			t.Errorf("%s was not left alone", id)
		}
	}
	if _, err := folder.List(); err != nil {
		t.Errorf("second List: %v; want none", err)
	}
}

func TestOpenOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	if want := "create state folder " + path + "/runs: not a directory"; err == nil || err.Error() != want || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("Open on a file: %v; want %s", err, want)
	}
}

func TestMemoryOfNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, open := range []func() (Memory, error){
		func() (Memory, error) { return Open("") },
		func() (Memory, error) { return Peek(missing) },
	} {
		m, err := open()
		if err != nil {
			t.Fatal(err)
		}
		rec := New()
		if records, err := m.Runs.Live(); len(records) > 0 || err != nil {
			t.Errorf("Live: %v, %v; want none", records, err)
		}
		if err := m.Runs.Remove(rec.ID); err != nil {
			t.Error(err)
		}
		if _, known, err := m.Assignment("/x", "api"); known || err != nil {
			t.Errorf("Assignment: %v, %v; want none", known, err)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("Peek made the folder")
	}
	var none *Folder
	if err := none.Write(New()); err != nil || none.Path("x") != "" || none.Socket("x") != "" {
		t.Errorf("a nil Folder: %v; want it to keep nothing", err)
	}
}

func TestFate(t *testing.T) {
	own := New()
	if !own.Alive() || !own.ValidID() || !own.Has(os.Getpid()) {
		t.Errorf("%+v is not alive", own)
	}
	const beyond = 1 << 23 // Linux gives no pid above 1<<22
	for name, change := range map[string]func(*Record) Fate{
		"pid of another": func(r *Record) Fate { r.StartTicks++; return Ended },
		"gone":           func(r *Record) Fate { r.PID = beyond; return Ended },
		"older boot": func(r *Record) Fate {
			if r.BootID == "" {
				return Running // this system has none
			}
			r.BootID = "another"
			return Ended
		},
		"another host": func(r *Record) Fate { r.PID, r.Host = beyond, "another"; return Unknown },
	} {
		rec := own
		if want := change(&rec); rec.Fate() != want {
			t.Errorf("%s: got %d; want %d", name, rec.Fate(), want)
		}
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{"12-ab": true, "": false, ".": false, "../x": false, "a/b": false, ".hidden": false} {
		if got := (Record{ID: id}).ValidID(); got != want {
			t.Errorf("%q: got %v; want %v", id, got, want)
		}
	}
}
