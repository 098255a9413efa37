package port

import (
	"testing"

	"devrun/launcher/internal/sock"
)

func socketsOn(t *testing.T, p int, states uint32) []sock.Socket {
	t.Helper()
	conn, err := sock.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sockets, err := conn.TCP(states, p)
	if err != nil {
		t.Fatal(err)
	}
	return sockets
}

// Before Linux 6.8 only connections can be seen; they explain a port that is
// not free, and a socket that is merely bound does not show.
func TestSocketsOn(t *testing.T) {
	for _, test := range []struct {
		name   string
		occupy func(t *testing.T, p int)
		states uint32
		want   int
	}{
		{"nothing", func(*testing.T, int) {}, 1<<32 - 1, 0},
		{"TIME_WAIT among connections", func(t *testing.T, p int) { serveOne(t, p, nil)() }, connectionStates, 1},
		{"half closed among connections", func(t *testing.T, p int) { serveOne(t, p, nil) }, connectionStates, 1},
		{"bound among connections", func(t *testing.T, p int) { occupant{addr: "127.0.0.1"}.occupy(t, p) }, connectionStates, 0},
		{"bound among bound", func(t *testing.T, p int) { occupant{addr: "127.0.0.1"}.occupy(t, p) }, boundStates, 1},
		{"dual stack among bound", func(t *testing.T, p int) { occupant{addr: "::", dual: true}.occupy(t, p) }, boundStates, 1},
		{"two addresses among bound", func(t *testing.T, p int) {
			occupant{addr: "127.0.0.2"}.occupy(t, p)
			occupant{addr: "::1"}.occupy(t, p)
		}, boundStates, 2},
		{"listener among bound", func(t *testing.T, p int) { occupant{addr: "127.0.0.1", listen: true}.occupy(t, p) }, boundStates, 0},
		{"listener among listeners", func(t *testing.T, p int) { occupant{addr: "127.0.0.1", listen: true}.occupy(t, p) }, 1 << sock.Listen, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			reserveAny(t) // another port, which does not count
			p := freePort(t)
			test.occupy(t, p)
			if got := socketsOn(t, p, test.states); len(got) != test.want {
				t.Errorf("got %v; want %d", got, test.want)
			}
		})
	}
}
