package service

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// stopped is a tree that is being ended.
type stopped struct {
	stopping
	tasks sync.WaitGroup
}

func (s *stopped) wait(t *testing.T) gone {
	t.Helper()
	g := receive(t, s.gone, "the end of the tree")
	s.tasks.Wait()
	return g
}

func killedPIDs(g gone) map[int]bool {
	pids := map[int]bool{}
	for _, m := range g.report.Killed {
		pids[m.PID] = true
	}
	return pids
}

const twoProcesses = `
sh -c 'sleep 1000 & trap "echo child; exit 0" TERM; trap "" INT; echo ready; wait' &
trap "echo parent" TERM
trap "exit 0" INT
while :; do wait; done`

func TestStopSignalsAll(t *testing.T) {
	env, _, out := newWorld(t)
	b := newBase(t, worker(t, `sleep 1000 & trap "echo parent; exit 0" TERM; echo ready; wait`), env)
	a := attempted(t, b)
	out.next(t, "ready")
	s := stopped{stopping: stopping{base: b}}
	s.begin(a, nil, false, &s.tasks)
	out.next(t, "parent")
	g := s.wait(t)
	if len(g.report.Killed)+len(g.report.Survivors) != 0 {
		t.Errorf("got %+v; want all to end by themselves", g.report)
	}
	if problem := s.finish(g); problem != nil || s.gone != nil {
		t.Errorf("got %v", problem)
	}
}

// The terminal gave Ctrl-C to the command: that is waited for, and only what it
// leaves is signalled.
func TestStopAfterADeliveredSignal(t *testing.T) {
	env, _, out := newWorld(t)
	b := newBase(t, worker(t, twoProcesses), env)
	a := attempted(t, b)
	out.next(t, "ready")
	s := stopped{stopping: stopping{base: b}}
	s.begin(a, nil, true, &s.tasks)
	if err := syscall.Kill(a.proc.PID(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	out.next(t, "child")
	if g := s.wait(t); len(g.report.Killed) > 0 {
		t.Errorf("killed: %v", g.report.Killed)
	}
	if len(out.c) > 0 {
		t.Errorf("the command was signalled again: %s", <-out.c)
	}
}

func TestStopAfterADeliveredSignalInVain(t *testing.T) {
	env, events, out := newWorld(t)
	svc := worker(t, twoProcesses)
	svc.Stop.Timeout = 50 * time.Millisecond
	b := newBase(t, svc, env)
	a := attempted(t, b)
	out.next(t, "ready")
	s := stopped{stopping: stopping{base: b}}
	s.begin(a, nil, true, &s.tasks)
	g := s.wait(t)
	if !killedPIDs(g)[a.proc.PID()] || len(out.c) > 0 || g.report.Took < svc.Stop.Timeout {
		t.Errorf("got %+v; want it killed after %v without a signal", g.report, svc.Stop.Timeout)
	}
	s.finish(g)
	s.reportGone(a, g, false)
	if got := events.named("notice"); len(got) != 1 {
		t.Errorf("got %s; want the killed to be named", events)
	}
}

func TestStopIsForced(t *testing.T) {
	for name, force := range map[string]func(*stopped, func()){
		"before": func(s *stopped, begin func()) { s.force(); begin() },
		"while":  func(s *stopped, begin func()) { begin(); s.force() },
		"twice":  func(s *stopped, begin func()) { s.force(); begin(); s.force() },
	} {
		for _, delivered := range []bool{false, true} {
			t.Run(fmt.Sprint(name, delivered), func(t *testing.T) {
				env, _, out := newWorld(t)
				svc := worker(t, `trap "" TERM; echo ready; while :; do sleep 1000; done`)
				svc.Stop.Timeout = time.Hour
				b := newBase(t, svc, env)
				a := attempted(t, b)
				out.next(t, "ready")
				s := stopped{stopping: stopping{base: b}}
				force(&s, func() { s.begin(a, nil, delivered, &s.tasks) })
				if g := s.wait(t); !killedPIDs(g)[a.proc.PID()] {
					t.Errorf("got %+v; want it killed", g.report)
				}
			})
		}
	}
}

func TestStopLeaves(t *testing.T) {
	env, _ := newEnv(t)
	me := process.Member{PID: os.Getpid(), Name: "service.test"}
	for name, tt := range map[string]struct {
		gone gone
		want bool
	}{
		"nothing":    {gone{}, false},
		"killed":     {gone{report: process.StopReport{Killed: []process.Member{me}}}, false},
		"a survivor": {gone{report: process.StopReport{Killed: []process.Member{me}, Survivors: []process.Member{me}}}, true},
		"a listener": {gone{bound: []portowner.Socket{{Local: netip.MustParseAddrPort("127.0.0.1:1")}}}, true},
	} {
		s := stopping{base: newBase(t, definition(t, "api"), env), gone: make(chan gone)}
		problem := s.finish(tt.gone)
		if got := problem != nil && problem.Code == diag.CodeUncleanStop; got != tt.want {
			t.Errorf("%s: got %v; want a problem: %v", name, problem, tt.want)
		}
	}
}

// A listener of the tree's own that outlives it, here in the test itself.
func TestStillBound(t *testing.T) {
	l, err := bind("127.0.0.1:0", true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	table, err := portowner.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	sockets, err := table.Listeners(int(at.Port()))
	if err != nil || len(sockets) != 1 {
		t.Fatalf("listeners: %v, %v", sockets, err)
	}
	v := &verifier{asked: at, table: table}
	if got := stillBound(v); got != nil {
		t.Errorf("nothing was its own: got %v", got)
	}
	v.seen.own = sockets
	if got := stillBound(v); len(got) != 1 || got[0].Inode != sockets[0].Inode {
		t.Errorf("got %v; want %v", got, sockets)
	}
	l.Close()
	if got := stillBound(v); got != nil {
		t.Errorf("after its end: got %v", got)
	}
	if got := stillBound(nil); got != nil {
		t.Errorf("without a verifier: got %v", got)
	}
}

func TestAwaitDelivered(t *testing.T) {
	const s = time.Second
	for name, tt := range map[string]struct{ ends, forced, want, took time.Duration }{
		"it ends":                {2 * s, 0, 3 * s, 2 * s},
		"it does not end":        {0, 0, 0, 5 * s},
		"forced meanwhile":       {0, s, 4 * s, s},
		"it ends just in time":   {5*s - 1, 0, 1, 5*s - 1},
		"it ends before a force": {s, 2 * s, 4 * s, s},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan struct{})
			if tt.ends > 0 {
				time.AfterFunc(tt.ends, func() { close(ended) })
			}
			if tt.forced > 0 {
				defer time.AfterFunc(tt.forced, cancel).Stop()
			}
			began := time.Now()
			if got := awaitDelivered(ctx, ended, 5*s); got != tt.want || time.Since(began) != tt.took {
				t.Errorf("%s: got %v after %v; want %v after %v", name, got, time.Since(began), tt.want, tt.took)
			}
		})
	}
}

func TestReportKilled(t *testing.T) {
	members := []process.Member{{PID: 1, Name: "a"}, {PID: 2, Name: "b"}, {PID: 3, Name: "c"}, {PID: 4, Name: "d"}, {PID: 5, Name: "e"}}
	for _, tt := range []struct {
		killed int
		forced bool
		want   string
	}{
		{0, false, ""}, {0, true, ""},
		{1, false, "a (pid 1) did not end within 5s and was killed"},
		{2, false, "a (pid 1) and b (pid 2) did not end within 5s and were killed"},
		{1, true, "a (pid 1) was killed"},
		{3, true, "a (pid 1), b (pid 2) and c (pid 3) were killed"},
		{5, true, "a (pid 1), b (pid 2), c (pid 3) and 2 more were killed"},
	} {
		env, events := newEnv(t)
		s := stopping{base: newBase(t, definition(t, "api"), env), forced: tt.forced}
		s.reportKilled(members[:tt.killed])
		got := ""
		for _, e := range events.named("notice") {
			got += e.Message
		}
		if got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}
