package service

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/runs"
)

// taken reserves the port of a service with the definition given.
func taken(t *testing.T, svc config.Service, env Env) *holding {
	t.Helper()
	h := newHolding(newBase(t, svc, env))
	if err := h.reserve(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return &h
}

func TestReservePinned(t *testing.T) {
	env, _ := newEnv(t)
	svc := definition(t, "api")
	svc.Port.Number = anyPort(t)
	h := taken(t, svc, env)
	if h.public.Port != svc.Port.Number || h.isNew || h.logName() != "api" {
		t.Errorf("got %+v; want %d, which is not remembered", h, svc.Port.Number)
	}
	second := newHolding(newBase(t, svc, env))
	var inUse *port.TakenError
	if err := second.reserve(t.Context()); !errors.As(err, &inUse) || inUse.HolderPID != os.Getpid() || second.res != nil || second.public.Port != 0 {
		t.Errorf("taken: got %v, %+v", err, second)
	}
	if !isHeld(t, svc.Port.Number) {
		t.Error("the port is not held")
	}
	h.close()
	h.close()
	if isHeld(t, svc.Port.Number) {
		t.Error("the port is held after close")
	}
	if err := second.reserve(t.Context()); err != nil || second.public.Port != svc.Port.Number {
		t.Errorf("free again: got %v, %d", err, second.public.Port)
	}
	second.close()
}

// The port stays the same from run to run, and holds another bind off.
func TestReserveRemembers(t *testing.T) {
	env, events := newEnv(t)
	svc := definition(t, "api")
	first := taken(t, svc, env)
	if !first.isNew || !isHeld(t, first.public.Port) {
		t.Errorf("got %+v; want a new port that is held", first)
	}
	first.remember()
	first.close()
	again := taken(t, svc, env)
	if again.public.Port != first.public.Port || again.isNew || again.noReuse {
		t.Errorf("got %+v; want port %d", again, first.public.Port)
	}
	again.noReuse = true
	again.remember()
	again.close()
	if third := taken(t, svc, env); !third.noReuse || third.public.Port != first.public.Port {
		t.Errorf("got %+v; want the hold to be released for it", third)
	}
	if got := events.String(); got != "" {
		t.Errorf("events: got %s", got)
	}
}

// Another run of the project's service has the port: the second one takes
// another, keeps a log of its own, and does not take the first one's place.
func TestReserveBesideASibling(t *testing.T) {
	for name, tt := range map[string]struct {
		service string // of the run that has the port
		second  bool
		log     string // without the port
		holder  string
	}{
		"a sibling":                       {"api", true, "api.", "which runs api of shop"},
		"another service, so it is moved": {"web", false, "api", "devrun (pid"},
	} {
		t.Run(name, func(t *testing.T) {
			env, events := newEnv(t)
			svc := definition(t, "api")
			first := taken(t, svc, env)
			first.remember()
			rec := runs.New()
			rec.Dir, rec.Project = env.Project.Dir, env.Project.Name
			rec.Services = []runs.Service{{Name: tt.service, Place: first.public.Place()}}
			if err := env.Memory.Runs.Write(rec); err != nil {
				t.Fatal(err)
			}
			other := taken(t, svc, env)
			if other.public.Port == first.public.Port || other.second != tt.second || other.isNew == tt.second {
				t.Errorf("got %+v; want a second instance: %v", other, tt.second)
			}
			if log := other.logName(); !strings.HasPrefix(log, tt.log) || strings.Contains(log, fmt.Sprint(other.public.Port)) != tt.second {
				t.Errorf("log: got %s", log)
			}
			moved := events.named(event.Notice)
			if len(moved) != 1 || moved[0].Reason != "moved" || !strings.Contains(moved[0].Message, tt.holder) {
				t.Errorf("got %s; want the holder to be named", events)
			}
		})
	}
}

// A program that devrun did not start has the port.
func TestReserveBesideAStranger(t *testing.T) {
	env, events := newEnv(t)
	svc := definition(t, "api")
	first := taken(t, svc, env)
	first.remember()
	number := first.public.Port
	first.close()
	l, err := bind(fmt.Sprintf("127.0.0.1:%d", number), true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other := taken(t, svc, env)
	if other.public.Port == number || other.second || !other.isNew {
		t.Errorf("got %+v; want another port, to be remembered", other)
	}
	if got := events.String(); !strings.Contains(got, fmt.Sprintf("port %d is held by ", number)) || !strings.Contains(got, fmt.Sprintf("(pid %d)", os.Getpid())) {
		t.Errorf("got %s", got)
	}
}

func TestReserveWithinARange(t *testing.T) {
	env, _ := newEnv(t)
	svc := definition(t, "api")
	number := anyPort(t)
	svc.Port.First, svc.Port.Last = number, number
	h := taken(t, svc, env)
	if h.public.Port != number {
		t.Errorf("got %d; want %d", h.public.Port, number)
	}
	other := newHolding(newBase(t, svc, env))
	var exhausted *port.ExhaustedError
	if err := other.reserve(t.Context()); !errors.As(err, &exhausted) {
		t.Errorf("the range is full: got %v", err)
	}
	if problem := portProblem(&other, &port.ExhaustedError{}); problem.Code != "port-in-use" {
		t.Errorf("got %q", problem.Code)
	}
	// A remembered port out of the range does not count.
	h.remember()
	h.close()
	for svc.Port.First == number {
		svc.Port.First = anyPort(t)
	}
	svc.Port.Last = svc.Port.First
	if h := taken(t, svc, env); h.public.Port != svc.Port.First {
		t.Errorf("got %d; want %d", h.public.Port, svc.Port.First)
	}
}

// A smoke run takes neither the remembered port nor the one that a first run
// would take, and remembers none.
func TestReserveAFreshPort(t *testing.T) {
	env, _ := newEnv(t)
	svc := definition(t, "api")
	usual := taken(t, svc, env)
	usual.close()
	fresh := env
	fresh.Policy.FreshPort = true
	a := taken(t, svc, fresh)
	if a.public.Port == usual.public.Port || a.isNew {
		t.Errorf("got %+v; want a port that is not %d", a, usual.public.Port)
	}
	a.remember()
	if list, err := env.Memory.Ports.List(); err != nil || len(list) != 0 {
		t.Errorf("remembered: %v, %v; want nothing", list, err)
	}
}

func TestReserveIsCutShort(t *testing.T) {
	env, _ := newEnv(t)
	taken(t, definition(t, "api"), env)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("asked to end")
	cancel(reason)
	h := newHolding(newBase(t, definition(t, "api"), env))
	if err := h.reserve(ctx); !errors.Is(err, reason) || h.res != nil {
		t.Errorf("got %v; want %v", err, reason)
	}
}

func TestInherit(t *testing.T) {
	for name, tt := range map[string]struct {
		change    func(*config.Service)
		inherited bool
	}{
		"the same definition": {func(*config.Service) {}, true},
		"another command":     {func(svc *config.Service) { svc.Command = []string{"other"} }, true},
		"another port":        {func(svc *config.Service) { svc.Port.Number = 8080 }, false},
		"a range":             {func(svc *config.Service) { svc.Port.First, svc.Port.Last = 50000, 50010 }, false},
		"another host":        {func(svc *config.Service) { svc.Host = "::1" }, false},
		"a worker now":        {func(svc *config.Service) { svc.Port.None = true }, false},
	} {
		env, _ := newEnv(t)
		svc := definition(t, "api")
		old := taken(t, svc, env)
		old.noReuse, old.second = true, true
		number := old.public.Port
		tt.change(&svc)
		h := newHolding(newBase(t, svc, env))
		h.inherit(old)
		if got := h.res != nil; got != tt.inherited || got == (old.res != nil) {
			t.Errorf("%s: inherited %v; want %v", name, got, tt.inherited)
		}
		if tt.inherited && (h.public.Port != number || !h.noReuse || !h.second) {
			t.Errorf("%s: got %+v", name, h)
		}
		old.close()
		if isHeld(t, number) != tt.inherited {
			t.Errorf("%s: held %v after the old one gave it back", name, !tt.inherited)
		}
		h.close()
		if isHeld(t, number) {
			t.Errorf("%s: held after close", name)
		}
	}
}

func TestYieldAndRetake(t *testing.T) {
	env, _ := newEnv(t)
	h := taken(t, definition(t, "api"), env)
	number := h.public.Port
	h.yield()
	if !isHeld(t, number) {
		t.Error("the hold is released for a server that needs no release")
	}
	h.noReuse = true
	h.yield()
	h.yield()
	if isHeld(t, number) {
		t.Error("the hold is not released")
	}
	if _, err := port.Reserve(number); err == nil {
		t.Error("another devrun could take the port meanwhile")
	}
	l, err := bind(fmt.Sprintf("127.0.0.1:%d", number), false)
	if err != nil {
		t.Fatal(err)
	}
	h.retake() // in vain
	l.Close()
	h.retake()
	h.retake()
	if !isHeld(t, number) {
		t.Error("the port is not held again")
	}
	h.close()
	h.yield()
	h.retake()
	if isHeld(t, number) {
		t.Error("the port is held after close")
	}
}

func TestWithout(t *testing.T) {
	for _, tt := range []struct{ seq, avoided, want []int }{
		{[]int{1, 2, 3}, nil, []int{1, 2, 3}}, {[]int{1, 2, 3}, []int{1, 3}, []int{2}}, {nil, []int{1}, nil}, {[]int{1}, []int{1, 1}, nil},
	} {
		if got := slices.Collect(without(slices.Values(tt.seq), tt.avoided...)); !slices.Equal(got, tt.want) {
			t.Errorf("%v without %v: got %v; want %v", tt.seq, tt.avoided, got, tt.want)
		}
	}
	var none iter.Seq[int] = func(func(int) bool) {}
	if got := firstOf(none); got != 0 {
		t.Errorf("the first of none: got %d; want 0", got)
	}
}
