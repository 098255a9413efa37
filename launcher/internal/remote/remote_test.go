package remote

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/control"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/wholefile"
)

// serve plays a live run: this process, with one service.
func serve(t *testing.T, stateDir string, status func() State) (*runs.Folder, runs.Record) {
	t.Helper()
	memory, err := runs.Open(stateDir)
	if err != nil {
		t.Fatal(err)
	}
	rec := runs.New()
	rec.Project, rec.Dir, rec.Started = "shop", "/shop", time.Now().Add(-time.Minute) // it has begun long ago
	rec.Services = []runs.Service{{Name: "api", Place: runs.Place{Addr: netip.MustParseAddrPort("127.0.0.1:61000")}}}
	if err := memory.Runs.Write(rec); err != nil {
		t.Fatal(err)
	}
	server, err := control.Listen(memory.Runs.Socket(rec.ID), func(context.Context, control.Request) (any, error) {
		st := recorded(rec, nil)
		st.Services[0].State = status()
		return st, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return memory.Runs, rec
}

func TestRuns(t *testing.T) {
	dir := t.TempDir()
	folder, rec := serve(t, dir, func() State { return Ready })
	silent := rec
	silent.ID += "-silent" // nobody serves its socket
	silent.Started = rec.Started.Add(1)
	if err := folder.Write(silent); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Path("damaged"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := Runs(t.Context(), dir)
	var damaged *wholefile.ReadError
	if len(list) != 2 || !errors.As(err, &damaged) {
		t.Fatalf("got %+v, %v; want two runs, and an error about the damaged record", list, err)
	}
	for i, want := range []State{Ready, Unknown} {
		if s := list[i].Services[0]; s.State != want || s.URL != "http://127.0.0.1:61000" || s.Port != 61000 || s.Addr != rec.Services[0].Addr {
			t.Errorf("got %+v; want it %s at 127.0.0.1:61000", s, want)
		}
	}
	if list := Recorded(dir); len(list) != 2 || list[0].Services[0].State != Unknown {
		t.Errorf("Recorded: got %+v; want both, unknown", list)
	}
}

// A stop returns when the service has ended for good, which its own answer says,
// and at the latest with its context.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	states := []State{Stopping, Stopping, Waiting, Stopped}
	_, rec := serve(t, dir, func() State {
		now := states[0]
		if len(states) > 1 {
			states = states[1:]
		}
		return now
	})
	if err := Stop(t.Context(), dir, rec.ID, []string{"api"}); err != nil || len(states) != 1 {
		t.Errorf("Stop: %v, with %v to come; want it to wait for the end", err, states)
	}

	late := errors.New("late")
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := 0
	dir = t.TempDir()
	_, rec = serve(t, dir, func() State {
		if asked++; asked == 3 {
			cancel(late)
		}
		return Ready
	})
	if err := Stop(ctx, dir, rec.ID, []string{"api"}); !errors.Is(err, late) {
		t.Errorf("Stop: %v; want the cause of the context", err)
	}
	if err := Stop(t.Context(), dir, "another", []string{"api"}); err == nil {
		t.Error("Stop of a run that is not there succeeded")
	}
}

func TestEnd(t *testing.T) {
	dir := t.TempDir()
	var folder *runs.Folder
	var rec runs.Record
	folder, rec = serve(t, dir, func() State {
		if err := folder.Remove(rec.ID); err != nil { // as the end of a run does
			t.Error(err)
		}
		return Stopping
	})
	if err := End(t.Context(), folder, rec); err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	status := func(project, dir string, names ...string) RunStatus {
		run := RunStatus{Project: project, Dir: dir}
		for _, name := range names {
			run.Services = append(run.Services, ServiceStatus{Name: name})
		}
		return run
	}
	list := []RunStatus{status("shop", "/shop", "api", "web"), status("blog", "/blog", "api")}
	for _, tt := range []struct {
		dir, name, want string
	}{
		{"/", "web", "shop/web"}, {"/blog", "api", "blog/api"}, {"/", "shop/api", "shop/api"}, {"/", "api", ""}, {"/", "wab", ""},
	} {
		p := address.Project{Dir: tt.dir}
		found, err := Find(list, p, tt.name)
		if (err == nil) != (tt.want != "") || err == nil && found.Name() != tt.want {
			t.Errorf("%s in %s: got %v, %v; want %q", tt.name, tt.dir, found.Name(), err, tt.want)
		}
	}
	var none *NotRunningError
	if _, err := Find(list, address.Project{}, "wab"); !errors.As(err, &none) || none.Near != "web" {
		t.Errorf("got %v; want the nearest", err)
	}
	var several *AmbiguousError
	if _, err := Find(list, address.Project{}, "api"); !errors.As(err, &several) || len(several.Names) != 2 {
		t.Errorf("got %v; want both", err)
	}
}
