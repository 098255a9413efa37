package service

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/port"
)

// living is a service that runs in a goroutine of its own.
type living struct {
	*Service
	held  chan News
	ready chan News
	ended chan News
	over  chan struct{} // closed when Run has returned
}

// live makes a service, and runs it until the end of the test at the latest.
func live(t *testing.T, svc config.Service, env Env) *living {
	t.Helper()
	s, err := New(svc, env)
	if err != nil {
		t.Fatal(err)
	}
	l := &living{Service: s, held: make(chan News, 1), ready: make(chan News, 100), ended: make(chan News, 1), over: make(chan struct{})}
	t.Cleanup(func() {
		s.Force()
		s.Stop(Reason{Cause: errors.New("the test is over")})
		receive(t, l.over, "the end of Run")
		s.Release()
		if number := s.Endpoint().Port; number != 0 {
			res, err := port.Reserve(number)
			if err != nil {
				t.Errorf("after Release: %v", err)
				return
			}
			res.Close()
		}
	})
	return l
}

func (l *living) run() {
	// Ends with the service.
	go func() {
		defer close(l.over)
		l.Run(func(n News) {
			switch n.Kind {
			case Held:
				l.held <- n
			case IsReady:
				l.ready <- n
			case HasEnded:
				l.ended <- n
			}
		})
	}()
}

// open runs the service, and lets it start when it has its port.
func (l *living) open(t *testing.T) {
	t.Helper()
	l.run()
	receive(t, l.held, "the port")
	l.Open()
}

func (l *living) end(t *testing.T) Outcome {
	t.Helper()
	defer receive(t, l.over, "the end of Run")
	return receive(t, l.ended, "the end").Outcome
}

func (l *living) status(t *testing.T) Status {
	t.Helper()
	answer := make(chan Status, 1)
	l.Describe(func(st Status) { answer <- st })
	return receive(t, answer, "the status")
}

var errAsked = errors.New("asked")

func TestServiceLife(t *testing.T) {
	env, events, out := newWorld(t)
	l := live(t, server(t), env)
	l.run()
	number := receive(t, l.held, "the port").Endpoint.Port
	stop := tryToTake(number)
	if st := l.status(t); st.Phase != Gated || st.PID != 0 || st.Endpoint.Port != number {
		t.Errorf("before Open: got %+v", st)
	}
	l.Open()
	first := out.pid(t, "listening")
	receive(t, l.ready, "ready")
	if st := l.status(t); st.Phase != Ready || st.PID != first || st.Restarts != 0 || st.Since.IsZero() {
		t.Errorf("when ready: got %+v; want pid %d", st, first)
	}
	l.Restart(errAsked)
	second := out.pid(t, "listening")
	receive(t, l.ready, "ready again")
	if st := l.status(t); st.Phase != Ready || st.PID != second || st.Restarts != 1 || alive(first) {
		t.Errorf("after a restart: got %+v; want pid %d", st, second)
	}
	conn, err := net.Dial("tcp", l.Endpoint().AddrPort().String())
	if err != nil {
		t.Errorf("it does not answer: %v", err)
	} else {
		conn.Close()
	}
	l.Stop(Reason{Cause: errAsked})
	if got := l.end(t); got != (Outcome{}) {
		t.Errorf("got %+v; want an end without a fault", got)
	}
	if alive(second) {
		t.Error("it lives")
	}
	if taken, tried := stop(); taken > 0 || tried == 0 {
		t.Errorf("the port was free %d of %d times", taken, tried)
	}
	if st := l.status(t); st.Phase != Ended {
		t.Errorf("after the end: got %+v", st)
	}
	want := []event.Name{event.Reserved, event.Starting, event.Ready, event.Restarting, event.Stopped, event.Starting, event.Ready, event.Stopping, event.Stopped}
	var got []event.Name
	for _, e := range events.list {
		got = append(got, e.Name)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events: got %v; want %v", got, want)
	}
}

// Everything may be asked of a service at any time: each call returns at once,
// each question is answered, and Run ends.
func TestServiceIsAskedAtOddMoments(t *testing.T) {
	moments := map[string]func(t *testing.T, l *living, out *lineLog){
		"before Run":      func(*testing.T, *living, *lineLog) {},
		"during prepare":  func(_ *testing.T, l *living, _ *lineLog) { l.run() },
		"before Open":     func(t *testing.T, l *living, _ *lineLog) { l.run(); receive(t, l.held, "the port") },
		"while it starts": func(t *testing.T, l *living, _ *lineLog) { l.open(t) },
		"while it is ready": func(t *testing.T, l *living, out *lineLog) {
			l.open(t)
			out.next(t, "listening")
			receive(t, l.ready, "ready")
		},
		"while it stops": func(t *testing.T, l *living, out *lineLog) {
			l.open(t)
			out.next(t, "listening")
			l.Restart(errAsked)
		},
		"after the end": func(t *testing.T, l *living, _ *lineLog) {
			l.run()
			l.Stop(Reason{Cause: errAsked})
			l.end(t)
		},
	}
	calls := map[string]func(l *living){
		"open":          (*living).Open2,
		"restart":       func(l *living) { l.Restart(errAsked) },
		"stop":          func(l *living) { l.Stop(Reason{Cause: errAsked}) },
		"stop signal":   func(l *living) { l.Stop(Reason{Cause: errAsked, Signal: true}) },
		"force":         func(l *living) { l.Force() },
		"resume":        func(l *living) { l.Resume() },
		"resize":        func(l *living) { l.Resize() },
		"signal":        func(l *living) { l.Signal(syscall.SIGWINCH) },
		"time is up":    func(l *living) { l.TimeIsUp(errAsked) },
		"stop and open": func(l *living) { l.Stop(Reason{Cause: errAsked}); l.Open(); l.Restart(errAsked) },
	}
	for moment, reach := range moments {
		for name, call := range calls {
			t.Run(moment+"/"+name, func(t *testing.T) {
				env, _, out := newWorld(t)
				l := live(t, idler(t), env)
				reach(t, l, out)
				suspended := make(chan struct{}, 1)
				returned := make(chan struct{})
				go func() {
					defer close(returned)
					l.Suspend(func() { suspended <- struct{}{} })
					call(l)
					l.Resume()
				}()
				receive(t, returned, "the calls to return")
				if moment == "before Run" {
					l.run()
				}
				receive(t, suspended, "the end of Suspend")
				l.status(t)
				l.Stop(Reason{Cause: errAsked})
				receive(t, l.over, "the end of Run")
				l.status(t)
			})
		}
	}
}

// Open2 opens a service twice, which is the same as once.
func (l *living) Open2() { l.Open(); l.Open() }

// Many ask at the same time.
func TestServiceIsAskedByMany(t *testing.T) {
	env, _, _ := newWorld(t)
	l := live(t, idler(t), env)
	l.open(t)
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			for j := range 20 {
				switch (i + j) % 5 {
				case 0:
					l.Restart(errAsked)
				case 1:
					suspended := make(chan struct{})
					l.Suspend(func() { close(suspended) })
					receive(t, suspended, "the end of Suspend")
					l.Resume()
				case 2:
					l.status(t)
				case 3:
					l.Resize()
				case 4:
					l.Open()
				}
			}
		})
	}
	asking.Wait()
	receive(t, l.ready, "ready")
	l.Stop(Reason{Cause: errAsked})
	if got := l.end(t); got.Problem != nil {
		t.Errorf("got %+v", got.Problem)
	}
}

// A suspended tree is stopped in every process, and ends when it is asked to.
func TestServiceIsStoppedWhileSuspended(t *testing.T) {
	env, _, out := newWorld(t)
	l := live(t, server(t), env)
	l.open(t)
	pid := out.pid(t, "listening")
	receive(t, l.ready, "ready")
	suspended := make(chan struct{})
	l.Suspend(func() { close(suspended) })
	receive(t, suspended, "the end of Suspend")
	l.Stop(Reason{Cause: errAsked})
	if got := l.end(t); got.Problem != nil || alive(pid) {
		t.Errorf("got %+v, alive %v", got.Problem, alive(pid))
	}
}

// What is asked while a service gives everything back is answered.
func TestServiceIsAskedAtItsEnd(t *testing.T) {
	env, _, _ := newWorld(t)
	terminal, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	env.Streams.Terminal = terminal
	answered := make(chan string, 3)
	var l *living
	env.Policy.Observe = func(c Change) {
		if c.To.Phase == Ended {
			if l.terminal == nil {
				t.Error("it has no terminal")
			}
			l.Suspend(func() {
				if answered <- "suspended"; l.terminal != nil {
					t.Error("a terminal that was given back is suspended")
				}
			})
			l.Resume()
			l.Describe(func(st Status) { answered <- st.Phase.String() })
			l.Restart(errAsked)
		}
	}
	l = live(t, worker(t, "exit 0"), env)
	l.open(t)
	l.end(t)
	for _, want := range []string{"suspended", "ended"} {
		if got := receive(t, answered, "an answer"); got != want {
			t.Errorf("got %s; want %s", got, want)
		}
	}
}

func TestServiceIsForced(t *testing.T) {
	env, _, out := newWorld(t)
	svc := server(t, "-deaf")
	svc.Stop.Timeout = time.Hour
	l := live(t, svc, env)
	l.open(t)
	pid := out.pid(t, "listening")
	l.Stop(Reason{Cause: errAsked})
	l.Force()
	l.end(t)
	if alive(pid) {
		t.Error("it lives")
	}
}

func TestServiceEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		svc    func(svc *config.Service)
		status int
		code   string
		events []event.Name // the last ones
	}{
		"done":      {func(svc *config.Service) { svc.Command = script("exit 0") }, 0, "", []event.Name{event.Stopped, event.Exited}},
		"a failure": {func(svc *config.Service) { svc.Command = script("exit 3"); svc.Restart.Policy = config.RestartNever }, 3, "", nil},
		"a loop": {func(svc *config.Service) {
			svc.Command = script("exit 4")
			svc.Port.None, svc.Ready.Checks = true, []config.Check{{Kind: config.CheckLog, Pattern: "never"}}
			svc.Restart.Backoff = config.Backoff{Initial: time.Millisecond, Max: time.Millisecond, Factor: 1}
		}, 4, "", nil},
		"no command":     {func(svc *config.Service) { svc.Command = []string{"no-such-command"} }, 0, "command-not-found", []event.Name{event.Problem}},
		"no folder":      {func(svc *config.Service) { svc.Dir += "/missing" }, 0, "", []event.Name{event.Problem}},
		"a failed build": {func(svc *config.Service) { svc.Build = script("exit 1") }, 0, "build-failed", []event.Name{event.Building, event.Problem}},
	} {
		t.Run(name, func(t *testing.T) {
			env, events, _ := newWorld(t)
			svc := server(t)
			tt.svc(&svc)
			l := live(t, svc, env)
			l.run()
			l.Open()
			got := l.end(t)
			code := ""
			if got.Problem != nil {
				code = string(got.Problem.Code)
			}
			if got.Status != tt.status || code != tt.code || (got.Problem != nil) != (tt.code != "" || name == "no folder") {
				t.Errorf("got %d, %v; want %d, %q%s", got.Status, got.Problem, tt.status, tt.code, events)
			}
			for i, want := range tt.events {
				if got := events.list[len(events.list)-len(tt.events)+i].Name; got != want {
					t.Errorf("event %d from the end: got %s; want %s", len(tt.events)-i, got, want)
				}
			}
		})
	}
}

// A changed file restarts the service; with a build, the old one serves until
// the new one is built.
func TestServiceFollowsChanges(t *testing.T) {
	for name, build := range map[string][]string{"without a build": nil, "with a build": script("test ! -e broken")} {
		t.Run(name, func(t *testing.T) {
			env, events, out := newWorld(t)
			svc := server(t)
			svc.Watch = config.Watch{Paths: []string{"."}}
			svc.Build = build
			file := filepath.Join(svc.Dir, "main.go")
			if err := os.WriteFile(file, []byte("1"), 0o600); err != nil {
				t.Fatal(err)
			}
			l := live(t, svc, env)
			l.open(t)
			first := out.pid(t, "listening")
			receive(t, l.ready, "ready")
			time.Sleep(2 * clockTick) // or the file's time may be from before the start
			if build != nil {
				if err := os.WriteFile(filepath.Join(svc.Dir, "broken"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				events.await(t, event.Problem, 1)
				if st := l.status(t); st.Phase != Ready || st.PID != first {
					t.Errorf("after a failed build: got %+v; want pid %d", st, first)
				}
				os.Remove(filepath.Join(svc.Dir, "broken"))
			} else if err := os.WriteFile(file, []byte("2"), 0o600); err != nil {
				t.Fatal(err)
			}
			second := out.pid(t, "listening")
			receive(t, l.ready, "ready again")
			if st := l.status(t); st.PID != second || alive(first) {
				t.Errorf("after a change: got %+v; want pid %d", st, second)
			}
			l.Stop(Reason{Cause: errAsked})
			l.end(t)
		})
	}
}
