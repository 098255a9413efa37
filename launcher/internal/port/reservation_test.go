package port

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
)

// reserveAny reserves some unused port until the test ends. The seed is random
// because tests of other processes may look for a port, too.
func reserveAny(t testing.TB, extra ...netip.Addr) *Reservation {
	t.Helper()
	sys, _ := ReadSystem() // usable even with an error
	unused := func(yield func(int) bool) {
		for p := range Candidates(Dynamic(), sys, fmt.Sprint(rand.Uint64())) {
			if isUnused(p) && !yield(p) {
				return
			}
		}
	}
	r, err := ReserveFirst(context.Background(), unused, extra...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// freePort returns a port that was free just now.
func freePort(t testing.TB) int {
	t.Helper()
	r := reserveAny(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return r.Port()
}

// wantTaken fails the test unless err is a *TakenError, which it returns.
func wantTaken(t testing.TB, err error) *TakenError {
	t.Helper()
	var taken *TakenError
	if !errors.As(err, &taken) {
		t.Fatalf("got error %v; want a *TakenError", err)
	}
	return taken
}

func TestReserveTwice(t *testing.T) {
	r := reserveAny(t)
	_, err := Reserve(r.Port())
	taken := wantTaken(t, err)
	if !taken.Locked || taken.HolderPID != os.Getpid() || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("second Reserve: %+v; want it locked by pid %d with EADDRINUSE", taken, os.Getpid())
	}
}

func TestReleaseKeepsTheLock(t *testing.T) {
	r := reserveAny(t)
	for range 2 {
		if err := r.Release(); err != nil || r.Held() {
			t.Fatalf("Release: %v, held %v; want it released", err, r.Held())
		}
	}
	_, err := Reserve(r.Port())
	if taken := wantTaken(t, err); !taken.Locked {
		t.Errorf("Reserve of a released port: %+v; want it locked", taken)
	}
	for range 2 {
		if err := r.Hold(); err != nil || !r.Held() {
			t.Fatalf("Hold: %v, held %v; want it held", err, r.Held())
		}
	}
}

func TestCloseFreesEverything(t *testing.T) {
	r := reserveAny(t)
	for range 2 {
		if err := r.Close(); err != nil || r.Held() {
			t.Fatalf("Close: %v, held %v", err, r.Held())
		}
	}
	if err := r.Hold(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Hold after Close: %v; want net.ErrClosed", err)
	}
	again, err := Reserve(r.Port())
	if err != nil {
		t.Fatalf("Reserve after Close: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Errorf("Close of a released one: %v", err)
	}
}

func TestReserveRefusesWhatIsNoLoopbackPort(t *testing.T) {
	for _, p := range []int{-1, 0, 65536} {
		var rangeErr *RangeError
		if _, err := Reserve(p); !errors.As(err, &rangeErr) {
			t.Errorf("Reserve(%d): %v; want a *RangeError", p, err)
		}
	}
	for _, addr := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified(), netip.MustParseAddr("192.0.2.1"), {}} {
		var reserveErr *ReserveError
		if _, err := Reserve(61000, addr); !errors.As(err, &reserveErr) || !errors.Is(err, errNotLoopback) {
			t.Errorf("Reserve with %v: %v; want a *ReserveError", addr, err)
		}
	}
}

func TestReserveFirst(t *testing.T) {
	held := []int{reserveAny(t).Port(), reserveAny(t).Port(), reserveAny(t).Port()}
	_, err := ReserveFirst(t.Context(), slices.Values(held))
	var exhausted *ExhaustedError
	if !errors.As(err, &exhausted) || exhausted.Tried != len(held) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("ReserveFirst of taken ports: %v; want *ExhaustedError, 3 tried, EADDRINUSE", err)
	}
	if _, err := ReserveFirst(t.Context(), slices.Values([]int{})); !errors.As(err, &exhausted) || exhausted.Tried != 0 {
		t.Errorf("ReserveFirst of nothing: %v; want *ExhaustedError, 0 tried", err)
	}

	free := freePort(t)
	r, err := ReserveFirst(t.Context(), slices.Values(append(held, free)))
	if err != nil || r.Port() != free {
		t.Fatalf("ReserveFirst: %v; want port %d, the one that is free", err, free)
	}
	r.Close()

	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := ReserveFirst(ctx, slices.Values(held)); !errors.Is(err, stop) {
		t.Errorf("ReserveFirst after cancel: %v; want its cause", err)
	}
	var rangeErr *RangeError
	if _, err := ReserveFirst(t.Context(), slices.Values([]int{0, free})); !errors.As(err, &rangeErr) {
		t.Errorf("ReserveFirst of port 0: %v; want a *RangeError", err)
	}
}

// Held reports whether the hold is taken: true from the start, false after
// Release until Hold succeeds, and false after Close.
func (r *Reservation) Held() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hold != nil
}
