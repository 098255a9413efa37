package state

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"
)

func TestRunsRoundTrip(t *testing.T) {
	runs, err := OpenRuns(filepath.Join(t.TempDir(), "devrun", "runs"))
	if err != nil {
		t.Fatal(err)
	}
	want := Record{Version: 1, ID: "a1", PID: 42, StartTicks: 7, Started: time.Unix(1, 0).UTC(), Project: "shop",
		Services: []Service{{Name: "api", Port: 61000, Command: []string{"./api"}}}}
	if err := runs.Write(want); err != nil {
		t.Fatal(err)
	}
	got, err := runs.List()
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("List() = %+v, %v; want %+v", got, err, want)
	}
	if info, err := os.Stat(runs.Path("a1")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the record = %v, %v; want 0600", info.Mode(), err)
	}
	for range 2 {
		if err := runs.Remove("a1"); err != nil {
			t.Errorf("Remove: %v", err)
		}
	}
	if got, err := runs.List(); err != nil || len(got) != 0 {
		t.Errorf("List() after Remove = %v, %v; want none", got, err)
	}
}

func TestDamagedRecordIsSetAside(t *testing.T) {
	dir := t.TempDir()
	runs, err := OpenRuns(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := runs.Write(Record{ID: "good"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.json"), []byte(`{"pid":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "later.json"), []byte(`{"version":99,"id":"later"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := runs.List()
	var dirErr *DirError
	if len(got) != 1 || got[0].ID != "good" || !errors.As(err, &dirErr) {
		t.Errorf("List() = %+v, %v; want the good record and a *DirError", got, err)
	}
	for name, there := range map[string]bool{"broken.json": false, "broken.json.bad": true, "later.json": true, "good.json": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != there {
			t.Errorf("%s exists: %v; want %v", name, err == nil, there)
		}
	}
	if _, err := runs.List(); err != nil {
		t.Errorf("second List: %v; want it to be quiet", err)
	}
}

func TestOpenRunsOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenRuns(path)
	if want := "create state folder " + path + ": not a directory"; err == nil || err.Error() != want || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("OpenRuns on a file: %v; want %s", err, want)
	}
}
