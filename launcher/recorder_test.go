package launcher

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/wholefile"
)

// aRecorder records a run of the services given in a state folder of the test.
func aRecorder(t *testing.T, services ...string) (*recorder, *runs.Folder, string) {
	t.Helper()
	current := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if err := goleak.Find(current); err != nil {
			t.Error(err)
		}
	})
	opts := Options{Project: address.Project{Name: "shop", Dir: "/shop"}}
	for _, name := range services {
		opts.Services = append(opts.Services, config.Service{Name: name, Command: []string{"run", "--password", "secret"}})
	}
	dir := t.TempDir()
	memory, err := runs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return newRecorder(opts), memory.Runs, dir
}

// Readers see the changes in the order in which they are made, and at last all
// of them.
func TestRecorderKeepsTheOrder(t *testing.T) {
	const changes = 500
	r, folder, _ := aRecorder(t, "api", "web")
	if err := r.begin(folder); err != nil {
		t.Fatal(err)
	}
	seen, done := make(chan int), make(chan struct{})
	// Ends with the last change, or with the test.
	go func() {
		defer close(seen)
		for {
			rec, err := folder.Get(r.rec.ID)
			if err != nil {
				t.Errorf("the record cannot be read: %v", err)
				return
			}
			select {
			case seen <- rec.Services[1].PID:
			case <-done:
				return
			}
			if rec.Services[1].PID == changes {
				return
			}
		}
	}()
	var changing sync.WaitGroup
	changing.Go(func() {
		for n := range changes {
			r.service("web", func(svc *runs.Service) { svc.PID = n + 1 })
		}
	})
	last := 0
	for late := time.After(30 * time.Second); last < changes; {
		select {
		case pid, open := <-seen:
			if !open || pid < last {
				t.Fatalf("%d comes after %d, or nothing: %v", pid, last, !open)
			}
			last = pid
		case <-late:
			t.Fatalf("the last change is not written; the record has number %d", last)
		}
	}
	close(done)
	changing.Wait()
	r.end()
}

func TestRecorderChanges(t *testing.T) {
	r, folder, dir := aRecorder(t, "api", "web")
	named := func() (names string) {
		rec := r.record()
		for _, svc := range rec.Services {
			names += fmt.Sprint(svc.Name, svc.PID, " ")
		}
		return names
	}
	if err := r.begin(folder); err != nil {
		t.Fatal(err)
	}
	first, err := folder.Get(r.rec.ID)
	if err != nil || len(first.Services) != 2 || first.Project != "shop" || first.Dir != "/shop" || first.Services[0].Command[2] == "secret" {
		t.Errorf("at the beginning: got %+v, %v", first, err)
	}
	for _, tt := range []struct {
		change func()
		want   string
	}{
		{func() { r.add(runs.Service{Name: "db", PID: 1}) }, "api0 web0 db1 "},
		{func() { r.add(runs.Service{Name: "api", PID: 2}) }, "api2 web0 db1 "},
		{func() { r.service("web", func(svc *runs.Service) { svc.PID = 3 }) }, "api2 web3 db1 "},
		{func() { r.service("none", func(svc *runs.Service) { svc.PID = 4 }) }, "api2 web3 db1 "},
		{func() { r.remove("api") }, "web3 db1 "},
		{func() { r.remove("api") }, "web3 db1 "},
	} {
		if tt.change(); named() != tt.want {
			t.Errorf("got %s; want %s", named(), tt.want)
		}
	}
	// A copy of the record does not change with it.
	before := r.record()
	r.service("web", func(svc *runs.Service) { svc.PID = 5 })
	if before.Services[0].PID != 3 {
		t.Errorf("the copy has changed: %+v", before.Services)
	}
	r.end()
	r.end()
	r.add(runs.Service{Name: "late"})
	if left, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(left) > 0 {
		t.Errorf("left after the end: %v", left)
	}
}

// A change that is made while the record is written for the first time is in it.
func TestRecorderChangesFromTheBeginning(t *testing.T) {
	for range 10 {
		r, folder, _ := aRecorder(t, "api")
		var changing sync.WaitGroup
		changing.Go(func() { r.service("api", func(svc *runs.Service) { svc.PID = 1 }) })
		if err := r.begin(folder); err != nil {
			t.Fatal(err)
		}
		changing.Wait()
		for late := time.Now().Add(30 * time.Second); ; {
			rec, err := folder.Get(r.rec.ID)
			if err == nil && rec.Services[0].PID == 1 {
				break
			}
			if time.Now().After(late) {
				t.Fatalf("the change is not written: %+v, %v", rec.Services, err)
			}
		}
		r.end()
	}
}

// Without a folder, or with one that cannot be written, nothing is recorded and
// nothing fails.
func TestRecorderWithoutAFolder(t *testing.T) {
	r, folder, dir := aRecorder(t, "api")
	if err := r.begin(nil); err != nil {
		t.Error(err)
	}
	r.remove("api")
	r.end()

	r, _, _ = aRecorder(t, "api")
	if err := os.RemoveAll(filepath.Join(dir, "runs")); err != nil {
		t.Fatal(err)
	}
	var failed *wholefile.Error
	if err := r.begin(folder); !errors.As(err, &failed) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v; want a *wholefile.Error", err)
	}
	r.add(runs.Service{Name: "web"})
	if got := len(r.record().Services); got != 2 {
		t.Errorf("got %d services; want 2", got)
	}
	r.end()
}

// A folder that goes away later loses the record, and holds nothing up.
func TestRecorderLosesItsFolder(t *testing.T) {
	r, folder, dir := aRecorder(t, "api")
	if err := r.begin(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "runs")); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		r.service("api", func(svc *runs.Service) { svc.PID++ })
	}
	r.end()
}

// TestRecorderEnd ends a recorder whose last change is still to be written. The
// record is removed, and not written again after that.
func TestRecorderEnd(t *testing.T) {
	memory, err := runs.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		r := newRecorder(Options{})
		if err := r.begin(memory.Runs); err != nil {
			t.Fatal(err)
		}
		r.add(runs.Service{Name: "api"})
		r.end()
		r.remove("api") // too late, and harmless
		if list, err := memory.Runs.List(); err != nil || len(list) != 0 {
			t.Fatalf("records after the end: %v, %v; want none", list, err)
		}
	}
}
