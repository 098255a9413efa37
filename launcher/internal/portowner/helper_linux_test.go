package portowner

import (
	"slices"
	"testing"
	"time"
)

// eventually repeats check until it holds. The kernel moves sockets from state
// to state in its own time.
func eventually(tb testing.TB, what string, check func() bool) {
	tb.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	timeout := time.After(30 * time.Second)
	for !check() {
		select {
		case <-tick.C:
		case <-timeout:
			tb.Fatalf("never happened: %s", what)
		}
	}
}

// ofState returns the sockets of a port that are in a state.
func ofState(tb testing.TB, table *Table, port int, state State) []Socket {
	tb.Helper()
	sockets, err := table.Port(port)
	if err != nil {
		tb.Fatal(err)
	}
	return slices.DeleteFunc(sockets, func(s Socket) bool { return s.State != state })
}
