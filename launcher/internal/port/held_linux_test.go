package port

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestServersWhileHeld(t *testing.T) {
	r := reserveAny(t)
	for _, host := range []string{"127.0.0.1", "0.0.0.0", "[::]", "", "[::1]"} {
		server := startHelper(t, "listen", fmt.Sprintf("%s:%d", host, r.Port()), "")
		if got := server.line(t); got != "listening" {
			t.Errorf("server on %q while held: %s; want it to listen", host, got)
		}
		_, err := Reserve(r.Port())
		if taken := wantTaken(t, err); !taken.Locked {
			t.Errorf("Reserve while its server listens: %+v; want it locked", taken)
		}
		server.stop(t)
	}
}

func TestServerWithoutReuseAddr(t *testing.T) {
	r := reserveAny(t)
	addr := fmt.Sprintf("127.0.0.1:%d", r.Port())
	refused := startHelper(t, "listen", addr, "plain")
	if got := refused.line(t); got != "EADDRINUSE" {
		t.Errorf("server without SO_REUSEADDR while held: %s; want EADDRINUSE", got)
	}
	refused.stop(t)

	if err := r.Release(); err != nil {
		t.Fatal(err)
	}
	server := startHelper(t, "listen", addr, "plain")
	if got := server.line(t); got != "listening" {
		t.Errorf("server without SO_REUSEADDR after Release: %s; want it to listen", got)
	}
	err := r.Hold()
	if taken, want := wantTaken(t, err), netip.MustParseAddrPort(addr); taken.Addr != want || taken.Locked {
		t.Errorf("Hold while the server listens: %+v; want %v taken, not locked", taken, want)
	}
	if r.Held() {
		t.Error("Held() = true after a Hold that failed")
	}
	server.kill()
	if err := r.Hold(); err != nil || !r.Held() {
		t.Errorf("Hold after the server's end: %v; want it held", err)
	}
}

// A Hold that fails on one family lets the other go, too.
func TestHoldIsAllOrNothing(t *testing.T) {
	r := reserveAny(t)
	if err := r.Release(); err != nil {
		t.Fatal(err)
	}
	leave, err := (occupant{addr: "::1", listen: true}).occupy(t, r.Port())
	if err != nil {
		t.Fatal(err)
	}
	err = r.Hold()
	if taken := wantTaken(t, err); !taken.Addr.Addr().Is6() {
		t.Errorf("Hold: %+v; want [::1] taken", taken)
	}
	leaveV4, err := (occupant{addr: "127.0.0.1"}).occupy(t, r.Port())
	if err != nil {
		t.Errorf("exclusive bind of 127.0.0.1: %v; want it to be free", err)
	}
	leave()
	leaveV4()
	if err := r.Hold(); err != nil {
		t.Errorf("Hold when all are gone: %v", err)
	}
}

func TestHolderOfTheLock(t *testing.T) {
	p := freePort(t)
	holder := startHelper(t, "reserve", strconv.Itoa(p))
	if got := holder.line(t); got != "ok" {
		t.Fatalf("holder: %s", got)
	}
	_, err := Reserve(p)
	if taken := wantTaken(t, err); !taken.Locked || taken.HolderPID != holder.cmd.Process.Pid {
		t.Errorf("Reserve: %+v; want it locked by pid %d", taken, holder.cmd.Process.Pid)
	}
	holder.kill()
	r, err := Reserve(p)
	if err != nil {
		t.Fatalf("Reserve after kill -9 of the holder: %v", err)
	}
	r.Close()
}

func TestChildrenDoNotInherit(t *testing.T) {
	r := reserveAny(t)
	child := startHelper(t, "wait")
	child.line(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Reserve(r.Port())
	if err != nil {
		t.Fatalf("Reserve while a child of the last holder lives: %v", err)
	}
	again.Close()
	child.stop(t)
}

// A child has copies of all sockets between fork and exec. Release and Close
// must not return while one of these keeps the port or the lock.
func TestReleaseBesideForks(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Skip(err)
	}
	r := reserveAny(t)
	p := r.Port()
	if len(socketsOn(t, p, boundStates)) == 0 {
		t.Skip("the kernel does not show bound sockets, which is needed to wait for them")
	}
	stop := make(chan struct{})
	forks := make(chan error)
	// Ends when stop is closed, or with an error.
	go func() {
		defer close(forks)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := exec.Command(program).Run(); err != nil {
				forks <- err
				return
			}
		}
	}()
	defer func() {
		close(stop)
		if err := <-forks; err != nil {
			t.Error(err)
		}
	}()
	for range 200 {
		if err := r.Release(); err != nil {
			t.Error(err)
		}
		// A bind would show it, too, but a copy of its own socket might then
		// disturb Hold.
		if left := socketsOn(t, p, boundStates); len(left) != 0 {
			t.Errorf("bound after Release: %v; want none", left)
		}
		if err := r.Hold(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if r, err = Reserve(p); err != nil {
			t.Fatalf("Reserve after Close: %v", err)
		}
	}
	r.Close()
}

func TestFailedReservationsLeaveNoDescriptor(t *testing.T) {
	locked := reserveAny(t)
	p := freePort(t)
	if _, err := (occupant{addr: "::1", listen: true}).occupy(t, p); err != nil {
		t.Fatal(err)
	}
	fds := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := fds()
	for range 100 {
		for _, port := range []int{locked.Port(), p} {
			if _, err := Reserve(port); err == nil {
				t.Fatalf("Reserve(%d) succeeded; want it taken", port)
			}
		}
	}
	if after := fds(); after != before {
		t.Errorf("open descriptors = %d; want %d as before", after, before)
	}
}

// realServers are servers that people use. {port} is replaced by the port; a
// server is up when it prints ready.
var realServers = []struct {
	name, ready string
	command     []string
}{
	{"python3", "Serving HTTP", []string{"python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "{port}"}},
	{"node", "ready", []string{"node", "-e", `require("http").createServer((q, s) => s.end()).listen({port}, "127.0.0.1", () => console.log("ready"))`}},
	{"node on all interfaces", "ready", []string{"node", "-e", `require("http").createServer((q, s) => s.end()).listen({port}, () => console.log("ready"))`}},
}

func TestRealServers(t *testing.T) {
	for _, server := range realServers {
		t.Run(server.name, func(t *testing.T) {
			path, err := exec.LookPath(server.command[0])
			if err != nil && os.Getenv("DEVRUN_TEST_REAL") == "1" {
				t.Fatal(err)
			}
			if err != nil {
				t.Skip(err)
			}
			r := reserveAny(t)
			args := make([]string, 0, len(server.command))
			for _, arg := range server.command[1:] {
				args = append(args, strings.ReplaceAll(arg, "{port}", strconv.Itoa(r.Port())))
			}
			// Twice: the second one finds the connections that the first has left.
			for range 2 {
				cmd := exec.Command(path, args...)
				cmd.Dir = t.TempDir()
				process := start(t, cmd)
				if got := process.line(t); !strings.HasPrefix(got, server.ready) {
					t.Fatalf("%s: %s; want %s", server.name, got, server.ready)
				}
				conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.Port()))
				if err != nil {
					t.Fatal(err)
				}
				process.kill()
				conn.Close()
			}
		})
	}
}
