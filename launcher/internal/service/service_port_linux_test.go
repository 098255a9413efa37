package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/process"
)

// A second life takes the port over from the first: it is held all the while.
func TestServiceInherits(t *testing.T) {
	env, _, out := newWorld(t)
	svc := server(t)
	first := live(t, svc, env)
	first.open(t)
	out.next(t, "listening")
	receive(t, first.ready, "ready")
	number := first.Endpoint().Port
	stop := tryToTake(number)
	first.Stop(Reason{Cause: errAsked})
	first.end(t)
	second := live(t, svc, env)
	second.Inherit(first.Service)
	first.Release() // gives nothing back
	second.open(t)
	out.next(t, "listening")
	receive(t, second.ready, "ready")
	if got := second.Endpoint().Port; got != number {
		t.Errorf("got port %d; want %d", got, number)
	}
	if taken, tried := stop(); taken > 0 {
		t.Errorf("the port was free %d of %d times", taken, tried)
	}
	second.Stop(Reason{Cause: errAsked})
	second.end(t)
}

// A server that binds without SO_REUSEADDR cannot bind beside the hold: it is
// started once more without it, and between two starts the port is held.
func TestServiceWithoutReuse(t *testing.T) {
	env, events, out := newWorld(t)
	l := live(t, server(t, "-strict"), env)
	l.open(t)
	out.next(t, "listen tcp")
	pid := out.pid(t, "listening")
	receive(t, l.ready, "ready")
	if st := l.status(t); st.PID != pid || st.Restarts != 1 {
		t.Errorf("got %+v; want pid %d", st, pid)
	}
	if got := events.named(event.Problem); len(got) > 0 {
		t.Errorf("problems: %v", got)
	}
	remembered, known, err := env.Memory.Assignment(env.Project.Dir, "api")
	if err != nil || !known || !remembered.NoReuseAddr {
		t.Errorf("remembered: %+v, %v", remembered, err)
	}
	l.Stop(Reason{Cause: errAsked})
	l.end(t)
	if !isHeld(t, l.Endpoint().Port) {
		t.Error("the port is not held after the end")
	}
}

// The port is held again after a start that failed.
func TestServiceHoldsThePortOfAFailedStart(t *testing.T) {
	env, events, out := newWorld(t)
	svc := server(t, "-strict")
	file := filepath.Join(svc.Dir, "run")
	if err := os.Symlink(svc.Command[0], file); err != nil {
		t.Fatal(err)
	}
	svc.Command[0] = file
	svc.Watch = config.Watch{Paths: []string{"run"}}
	l := live(t, svc, env)
	l.open(t)
	out.next(t, "listen tcp")
	out.next(t, "listening")
	receive(t, l.ready, "ready")
	// What cannot be run is found out only by running it.
	if err := os.WriteFile(file+"~", []byte("\x7fELF"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
	l.Restart(errAsked)
	for receiveUntil := time.After(patience); ; {
		if l.status(t).Phase == Waiting && len(events.named(event.Problem)) > 0 { // not while the save settles
			break
		}
		select {
		case <-receiveUntil:
			t.Fatal("it does not wait for a change")
		default:
		}
	}
	if !isHeld(t, l.Endpoint().Port) {
		t.Error("the port is not held while nothing runs")
	}
}

// The port is held again also where something of the tree is left.
func TestServiceHoldsThePortAfterAnUncleanEnd(t *testing.T) {
	env, _, out := newWorld(t)
	s, err := New(server(t, "-strict"), env)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if problem := s.Reserve(t.Context()); problem != nil {
		t.Fatal(problem)
	}
	s.hold.noReuse = true
	if _, again := s.start(); again {
		t.Fatal(s.found)
	}
	out.next(t, "listening")
	s.probe.stop()
	endTree(s.launch.attempt)
	s.tasks.Wait()
	me := process.Member{PID: os.Getpid(), Name: "service.test"}
	if got := s.treeGone(gone{report: process.StopReport{Survivors: []process.Member{me}}}); got != GoneUnclean {
		t.Errorf("got %s", got)
	}
	if !isHeld(t, s.Endpoint().Port) {
		t.Error("the port is not held")
	}
}
