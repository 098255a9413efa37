package service

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"devrun/config"
	"devrun/config/dotenv"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/watch"
)

// patience ends a test that would wait for ever.
const patience = 30 * time.Second

// eventLog keeps the events of a test.
type eventLog struct {
	mu   sync.Mutex
	list []event.Event
	more chan struct{} // closed with the next event
}

func newEventLog() *eventLog { return &eventLog{more: make(chan struct{})} }

func (l *eventLog) add(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, e)
	close(l.more)
	l.more = make(chan struct{})
}

// named returns the events of a name.
func (l *eventLog) named(name event.Name) []event.Event {
	list, _ := l.since(name)
	return list
}

func (l *eventLog) since(name event.Name) (list []event.Event, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.list {
		if e.Name == name {
			list = append(list, e)
		}
	}
	return list, l.more
}

func (l *eventLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := ""
	for _, e := range l.list {
		text += fmt.Sprintf("\n\t%s: %s", e.Name, e.Message)
		if e.Problem != nil {
			text += fmt.Sprintf(" [%s] %v", e.Problem.Code, e.Problem.Output)
		}
	}
	return text
}

var runNumber atomic.Int64

// newEnv is the run of one test, whose state folder is its own.
func newEnv(t testing.TB) (Env, *eventLog) {
	t.Helper()
	memory, err := runs.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	events, id := newEventLog(), fmt.Sprintf("%d-test%d", os.Getpid(), runNumber.Add(1))
	return Env{
		// The name decides the port: each test has one of its own.
		Project: address.Project{Name: "shop" + id, Dir: t.TempDir()}, RunID: id,
		Environ: os.Environ(), Memory: &memory, Reaper: process.NewReaper(), Hub: watch.NewHub(), EnvFiles: &dotenv.Files{},
		Streams: Streams{Stdout: io.Discard, Stderr: io.Discard}, Emit: events.add,
		Around:      func(own address.Endpoint) address.Around { return address.Around{Own: own} },
		Record:      func(func(*runs.Service)) {},
		FirstNotice: func(string) bool { return true },
		Lent:        func() int { return 0 },
		Killed:      func() []runs.Record { return nil },
	}, events
}

// definition is a service with every default, in a folder of its own.
func definition(t testing.TB, command ...string) config.Service {
	t.Helper()
	svc := config.Defaults()
	svc.Name, svc.Command, svc.Dir = "api", command, t.TempDir()
	return svc
}

func newBase(t testing.TB, svc config.Service, env Env) *base {
	t.Helper()
	public, err := address.New(svc.Host, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &base{svc: svc, env: env, public: public, journal: logs.NewJournal(logs.Options{})}
}

// receive waits for a value.
func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: timeout", what)
		panic("unreachable")
	}
}
