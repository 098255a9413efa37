package ready

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"devrun/launcher/internal/tries"
)

// The tests in this file take no wall time: synctest has the clock, and the
// connections are pipes in memory.

var anyAddr = netip.MustParseAddrPort("127.0.0.1:61000")

const ms = time.Millisecond

// verdicts returns a Listening that returns each verdict from its time on.
func verdicts(changes map[time.Duration]Verdict) func() (Verdict, error) {
	start := time.Now()
	return func() (Verdict, error) {
		now, verdict, latest := time.Since(start), Absent, time.Duration(-1)
		for at, v := range changes {
			if at <= now && at > latest {
				verdict, latest = v, at
			}
		}
		return verdict, nil
	}
}

// record collects the times and the outcomes of attempts.
type record struct {
	at       []time.Duration
	outcomes []tries.Outcome
}

func (r *record) add(a Attempt) {
	r.at = append(r.at, a.At)
	r.outcomes = append(r.outcomes, a.Outcome)
}

func TestLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errors.New("too slow"))
		defer cancel()
		target := Target{Addr: anyAddr, Listening: verdicts(nil)}
		var got record
		result, err := Wait(ctx, target, []Check{{Kind: TCP}}, got.add)
		if err == nil || err.Error() != "too slow" {
			t.Errorf("Wait: %v; want the cause of ctx's end", err)
		}
		if result.Took != 2*time.Second || result.Verdict != Absent || len(result.Pending) != 1 {
			t.Errorf("Wait = %+v; want 2s, absent, tcp pending", result)
		}
		var want []time.Duration
		for at := ms; at <= 201*ms; at += 2 * ms {
			want = append(want, at)
		}
		for at, delay := 201*ms, 2*ms; ; {
			delay = min(delay*3/2, 100*ms)
			if at += delay; at >= 2*time.Second {
				break
			}
			want = append(want, at)
		}
		if !reflect.DeepEqual(got.at, want) {
			t.Errorf("looks at %v; want %v", got.at, want)
		}
	})
}

func TestForeign(t *testing.T) {
	tests := []struct {
		name    string
		changes map[time.Duration]Verdict
		foreign bool
		took    time.Duration
	}{
		{"stays", map[time.Duration]Verdict{0: Foreign}, true, 21 * ms},
		{"goes away in time", map[time.Duration]Verdict{0: Foreign, 20 * ms: Own}, false, 21 * ms},
		{"comes back", map[time.Duration]Verdict{0: Foreign, 15 * ms: Absent, 22 * ms: Foreign}, true, 43 * ms},
		{"comes late", map[time.Duration]Verdict{8 * ms: Foreign}, true, 29 * ms},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				target := Target{Addr: anyAddr, Listening: verdicts(test.changes), dial: accept}
				result, err := Wait(t.Context(), target, []Check{{Kind: TCP}}, nil)
				var foreign *ForeignError
				if errors.As(err, &foreign) != test.foreign || result.Took != test.took {
					t.Errorf("Wait = %s, %v after %v; want foreign %v after %v", result.Timeline.String(), err, result.Took, test.foreign, test.took)
				}
				if test.foreign && (foreign.Addr != anyAddr || err.Error() != "probe 127.0.0.1:61000: a foreign process listens") {
					t.Errorf("error = %v; want the address", err)
				}
			})
		})
	}
}

// accept is a dial that succeeds and does nothing else.
func accept(context.Context, netip.AddrPort) (net.Conn, error) {
	ours, theirs := net.Pipe()
	theirs.Close()
	return ours, nil
}

// answers returns a dial whose n-th connection gets the n-th answer, and later ones
// the last; an empty answer never comes. wait returns after the servers have ended.
func answers(list ...string) (dial func(context.Context, netip.AddrPort) (net.Conn, error), wait func()) {
	var servers sync.WaitGroup
	var n atomic.Int32
	return func(context.Context, netip.AddrPort) (net.Conn, error) {
		ours, theirs := net.Pipe()
		answer := list[min(int(n.Add(1))-1, len(list)-1)]
		servers.Go(func() { // ends when the probe closes its end
			defer theirs.Close()
			r := bufio.NewReader(theirs)
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == "\r\n" && answer != "" {
					theirs.Write([]byte(answer))
				}
			}
		})
		return ours, nil
	}, servers.Wait
}

const (
	ok200   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	busy503 = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
)

func TestHTTPBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := make([]string, 9)
		for i := range list {
			list[i] = busy503
		}
		dial, wait := answers(append(list, ok200)...)
		target := Target{Addr: anyAddr, Listening: verdicts(map[time.Duration]Verdict{3 * ms: Own}), dial: dial}
		var got record
		result, err := Wait(t.Context(), target, []Check{{Kind: HTTP, Path: "/"}}, got.add)
		wait()
		want := []time.Duration{1 * ms, 3 * ms, 8 * ms, 18 * ms, 38 * ms, 78 * ms, 158 * ms, 318 * ms, 568 * ms, 818 * ms, 1068 * ms}
		if err != nil || !reflect.DeepEqual(got.at, want) {
			t.Errorf("attempts at %v, %v; want %v", got.at, err, want)
		}
		if got, want := result.Timeline.String(), "no listener, then 503 ×9, then 200"; got != want {
			t.Errorf("timeline = %q; want %q", got, want)
		}
		if result.Took != 1068*ms || result.Verdict != Own || len(result.Pending) != 0 {
			t.Errorf("result = %+v; want 1.068s, own, nothing pending", result)
		}
	})
}

func TestTryTimeoutsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		dial, wait := answers("")
		var got record
		target := Target{Addr: anyAddr, Listening: verdicts(map[time.Duration]Verdict{0: Own}), dial: dial}
		_, err := Wait(ctx, target, []Check{{Kind: HTTP, Path: "/"}}, got.add)
		wait()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v; want the deadline", err)
		}
		// Timeouts of 1, 2, 4, 5, 5 s with pauses of 5, 10, 20, 40, 80 ms, and
		// the rest of the 20 s.
		want := []time.Duration{1001 * ms, 3006 * ms, 7016 * ms, 12036 * ms, 17076 * ms, 20000 * ms}
		if !reflect.DeepEqual(got.at, want) || !slices.Equal(got.outcomes, slices.Repeat([]tries.Outcome{tries.Timeout}, 6)) {
			t.Errorf("attempts %v at %v; want timeouts at %v", got.outcomes, got.at, want)
		}
	})
}

func TestCancelEndsATry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		exited := errors.New("service exited")
		time.AfterFunc(300*ms, func() { cancel(exited) })
		dial, wait := answers("")
		target := Target{Addr: anyAddr, Listening: verdicts(map[time.Duration]Verdict{0: Own}), dial: dial}
		result, err := Wait(ctx, target, []Check{{Kind: HTTP, Path: "/"}}, nil)
		wait()
		if err != exited || result.Took != 300*ms || result.Timeline.String() != "cut short" {
			t.Errorf("Wait = %q, %v after %v; want cut short, the cause, 300ms", result.Timeline.String(), err, result.Took)
		}
	})
}

func TestSlowBodyDoesNotHoldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, wait := answers("HTTP/1.1 200 OK\r\n\r\nfirst part of an endless body")
		target := Target{Addr: anyAddr, Listening: verdicts(map[time.Duration]Verdict{0: Own}), dial: dial}
		result, err := Wait(t.Context(), target, []Check{{Kind: HTTP, Path: "/"}}, nil)
		wait()
		if err != nil || result.Took != 101*ms {
			t.Errorf("Wait: %v after %v; want success after 101ms", err, result.Took)
		}
	})
}

func TestLogWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := []Check{logCheck("ready")}
		target := Target{Listening: verdicts(map[time.Duration]Verdict{0: Own}), Log: NewLogMatch(checks)}
		time.AfterFunc(1234567*time.Microsecond, func() { target.Log.Line([]byte("now ready")) })
		result, err := Wait(t.Context(), target, checks, nil)
		if err != nil || result.Took != 1234567*time.Microsecond || !strings.HasSuffix(result.Timeline.String(), ", then log seen") {
			t.Errorf("Wait = %q, %v after %v; want log seen after 1.234567s", result.Timeline.String(), err, result.Took)
		}
	})
}

func TestLogBeforeListenerLooksQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := []Check{logCheck("ready")}
		target := Target{Listening: verdicts(map[time.Duration]Verdict{1002 * ms: Own}), Log: NewLogMatch(checks)}
		time.AfterFunc(1000*ms, func() { target.Log.Line([]byte("ready in a moment")) })
		result, err := Wait(t.Context(), target, checks, nil)
		if err != nil || result.Took != 1003*ms {
			t.Errorf("Wait: %v after %v; want success after 1.003s", err, result.Took)
		}
	})
}

func TestWorkerWithoutPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := []Check{logCheck("up")}
		target := Target{Log: NewLogMatch(checks)}
		target.Log.Line([]byte("up"))
		result, err := Wait(t.Context(), target, checks, nil)
		if err != nil || result.Took > 1*ms || result.Verdict != Unknown {
			t.Errorf("Wait = %+v, %v; want at most 1ms", result, err)
		}
		result, err = Wait(t.Context(), Target{}, []Check{{Kind: None}}, nil)
		if err != nil || result.Took != 0 || result.Timeline.String() != "" {
			t.Errorf("Wait(none) = %+v, %v; want success at once", result, err)
		}
	})
}

func TestAllChecksBeginAgainWhenTheListenerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial, wait := answers(ok200)
		ran := 0
		target := Target{
			Addr:      anyAddr,
			Listening: verdicts(map[time.Duration]Verdict{0: Own, 7 * ms: Absent, 20 * ms: Own}),
			dial:      dial,
			Run: func(context.Context, []string) (int, error) {
				ran++
				return 3 - min(ran, 3), nil
			},
		}
		checks := []Check{{Kind: HTTP, Path: "/"}, {Kind: Exec, Argv: []string{"probe"}}, {Kind: None}}
		var got record
		result, err := Wait(t.Context(), target, checks, got.add)
		wait()
		want := record{
			at:       []time.Duration{1 * ms, 1 * ms, 6 * ms, 16 * ms, 18 * ms, 20 * ms, 20 * ms},
			outcomes: []tries.Outcome{"200", "exit 2", "exit 1", "no listener", "no listener", "200", "exit 0"},
		}
		if err != nil || !reflect.DeepEqual(got, want) || len(result.Pending) != 0 {
			t.Errorf("attempts %v, %v; want %v", got, err, want)
		}
	})
}

func TestListenerGoneDuringTheLastTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := []Verdict{Own, Absent, Own, Own}
		n := 0
		target := Target{Addr: anyAddr, dial: accept, Listening: func() (Verdict, error) {
			n++
			return looks[n-1], nil
		}}
		result, err := Wait(t.Context(), target, []Check{{Kind: TCP}}, nil)
		if got, want := result.Timeline.String(), "connected, then no listener, then connected"; err != nil || got != want {
			t.Errorf("Wait = %q, %v; want %q", got, err, want)
		}
	})
}

func TestExec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		missing := errors.New("no such command")
		n := 0
		target := Target{Run: func(ctx context.Context, argv []string) (int, error) {
			if !reflect.DeepEqual(argv, []string{"probe", "-x"}) {
				t.Errorf("argv = %q", argv)
			}
			switch n++; n {
			case 1:
				return 0, missing
			case 2, 3: // hangs until its starter kills it
				<-ctx.Done()
				return 137, nil
			case 4:
				return 1, nil
			}
			return 0, nil
		}}
		var got record
		var errs []error
		_, err := Wait(t.Context(), target, []Check{{Kind: Exec, Argv: []string{"probe", "-x"}}}, func(a Attempt) {
			got.add(a)
			errs = append(errs, a.Err)
		})
		want := record{
			at:       []time.Duration{1 * ms, 5006 * ms, 15016 * ms, 15036 * ms, 15076 * ms},
			outcomes: []tries.Outcome{"not run", "timeout", "timeout", "exit 1", "exit 0"},
		}
		if err != nil || !reflect.DeepEqual(got, want) || errs[0] != missing {
			t.Errorf("attempts %v, %v; want %v", got, err, want)
		}
	})
}

func TestLookErrorMeansUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hidden := errors.New("netlink: permission denied")
		target := Target{Addr: anyAddr, dial: accept, Listening: func() (Verdict, error) { return Own, hidden }}
		var seen error
		result, err := Wait(t.Context(), target, []Check{{Kind: TCP}}, func(a Attempt) { seen = a.Err })
		if err != nil || result.Verdict != Unknown || seen != hidden {
			t.Errorf("Wait = %+v, %v with %v; want unknown and the look's error", result, err, seen)
		}
	})
}

func TestTargetError(t *testing.T) {
	for _, check := range []Check{{Kind: TCP}, {Kind: HTTP, Path: "/"}, logCheck("x"), {Kind: Exec, Argv: []string{"x"}}} {
		_, err := Wait(t.Context(), Target{}, []Check{check}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "ready check "+check.String()+": no ") {
			t.Errorf("Wait(%s) on nothing: %v; want an error that names what is missing", check, err)
		}
	}
}

// A page that is compiled on request takes its time: the first request stays open
// beside the next.
func TestSlowAnswerIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		var servers sync.WaitGroup
		dial := func(context.Context, netip.AddrPort) (net.Conn, error) {
			dials.Add(1)
			ours, theirs := net.Pipe()
			servers.Go(func() { io.Copy(io.Discard, theirs) }) // until the probe closes its end
			servers.Go(func() {
				time.Sleep(6 * time.Second)
				theirs.Write([]byte(ok200))
				theirs.Close()
			})
			return ours, nil
		}
		target := Target{Addr: anyAddr, Listening: verdicts(map[time.Duration]Verdict{0: Own}), dial: dial}
		result, err := Wait(t.Context(), target, []Check{{Kind: HTTP, Path: "/"}}, nil)
		servers.Wait()
		if got, want := result.Timeline.String(), "timeout ×2, then 200"; err != nil || got != want || result.Took != 6001*ms || dials.Load() != 3 {
			t.Errorf("Wait = %q, %v after %v and %d requests; want %q after 6.001s and 3", got, err, result.Took, dials.Load(), want)
		}
	})
}
