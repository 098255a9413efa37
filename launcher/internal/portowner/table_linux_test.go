package portowner

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/sock"
)

func TestPortReportsListeners(t *testing.T) {
	for _, test := range []struct {
		network, address string
		v6Only           bool
	}{
		{"tcp4", "127.0.0.1", false},
		{"tcp4", "0.0.0.0", false},
		{"tcp6", "[::1]", true},
		{"tcp", "[::]", false},
		{"tcp6", "[::]", true},
	} {
		t.Run(test.network+" "+test.address, func(t *testing.T) {
			l := listen(t, test.network, test.address+":0")
			port := portOf(l.Addr())
			got := ofState(t, openTable(t), port, Listen)
			if len(got) != 1 {
				t.Fatalf("got %+v; want one listener", got)
			}
			want := Socket{
				Local: netip.MustParseAddrPort(test.address + ":" + strconv.Itoa(port)), State: Listen,
				V6Only: test.v6Only, UID: os.Geteuid(), Inode: inodeOf(t, l),
				Backlog: got[0].Backlog, // depends on the system's settings
			}
			if got[0].Backlog <= 0 {
				t.Errorf("got a backlog of %d; want one", got[0].Backlog)
			}
			if got[0] != want {
				t.Errorf("got %+v; want %+v", got[0], want)
			}
		})
	}
}

func TestPortReportsClientAndServer(t *testing.T) {
	l := listen(t, "tcp", "[::]:0")
	client, server := connect(t, l, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(portOf(l.Addr()))))
	table := openTable(t)
	for name, conn := range map[string]*net.TCPConn{"client": client, "accepted": server} {
		got := ofState(t, table, portOf(conn.LocalAddr()), Established)
		want := Socket{
			Local: unmapped(conn.LocalAddr()), Remote: unmapped(conn.RemoteAddr()),
			State: Established, UID: os.Geteuid(), Inode: inodeOf(t, conn),
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %+v; want %+v", name, got, want)
		}
	}
}

func TestPortReportsBound(t *testing.T) {
	fd, port := bindOnly(t)
	got := ofState(t, openTable(t), port, BoundInactive)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		t.Fatal(err)
	}
	want := Socket{
		Local: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)), State: BoundInactive,
		UID: os.Geteuid(), Inode: stat.Ino,
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

func TestPortReportsTimeWait(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	client, server := connect(t, l, "tcp4", l.Addr().String())
	client.SetReadDeadline(time.Now().Add(30 * time.Second))
	server.Close() // who closes first is left with TIME_WAIT
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	remote := unmapped(client.LocalAddr())
	client.Close()
	table := openTable(t)
	var got []Socket
	eventually(t, "TIME_WAIT", func() bool {
		got = ofState(t, table, portOf(l.Addr()), TimeWait)
		return len(got) > 0
	})
	if s := got[0]; len(got) != 1 || s.Remote != remote || s.UID != unknownUser || s.Inode != 0 || s.Expires <= 0 || s.Expires > time.Minute {
		t.Errorf("got %+v; want one to %v without owner, for a minute at most", got, remote)
	}
}

// 700 connections take more than one netlink datagram, whatever its size.
func TestPortReportsMany(t *testing.T) {
	const count = 700
	l := listen(t, "tcp4", "127.0.0.1:0")
	want := make(map[netip.AddrPort]bool)
	for range count {
		client, server := connect(t, l, "tcp4", l.Addr().String())
		server.SetLinger(0) // leave no TIME_WAIT behind
		want[unmapped(client.LocalAddr())] = true
	}
	port := portOf(l.Addr())
	table := openTable(t)
	got := make(map[netip.AddrPort]bool)
	for _, s := range ofState(t, table, port, Established) {
		if !want[s.Remote] || got[s.Remote] {
			t.Errorf("unexpected or twice: %+v", s)
		}
		got[s.Remote] = true
	}
	if len(got) != count {
		t.Errorf("got %d connections; want %d", len(got), count)
	}
	if listeners := ofState(t, table, port, Listen); len(listeners) != 1 {
		t.Errorf("got %+v; want one listener", listeners)
	}
}

// In a network namespace of its own the whole table is known.
func TestSourcesAgree(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		v4 := listen(t, "tcp4", "127.0.0.1:0")
		dual := listen(t, "tcp", "[::]:0")
		client, server := connect(t, v4, "tcp4", v4.Addr().String())
		defer client.Close()
		server.SetLinger(0)

		ports := []int{portOf(v4.Addr()), portOf(dual.Addr()), portOf(client.LocalAddr())}
		answers := make(map[bool][]Socket)
		for _, fromProc := range []bool{false, true} {
			table := openTable(t)
			if fromProc {
				table.ask = nil
			}
			for _, port := range ports {
				sockets, err := table.Port(port)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range sockets {
					s.Backlog = 0 // only sock_diag reports it
					answers[fromProc] = append(answers[fromProc], s)
				}
			}
			listening, err := table.Listening()
			if err != nil {
				t.Fatal(err)
			}
			if len(listening) != 2 {
				t.Errorf("from /proc %v: Listening = %+v; want two", fromProc, listening)
			}
			slices.SortFunc(answers[fromProc], func(a, b Socket) int { return compareOwners(Owner{Socket: a}, Owner{Socket: b}) })
		}
		if len(answers[false]) != 4 {
			t.Errorf("got %+v; want two listeners and a connection's two ends", answers[false])
		}
		if !slices.Equal(answers[true], answers[false]) {
			t.Errorf("from /proc: got %+v; want %+v", answers[true], answers[false])
		}
	})
}

// Where sock_diag is refused, /proc is read, and sock_diag is not tried again.
func TestRefusedTableReadsProc(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	asked := 0
	table := &Table{ask: func(uint32, int) ([]sock.Socket, error) {
		asked++
		return nil, os.NewSyscallError("sock_diag", unix.ENOENT)
	}}
	for range 2 {
		got, err := table.Listeners(portOf(l.Addr()))
		if err != nil || len(got) != 1 || got[0].Inode != inodeOf(t, l) || asked != 1 {
			t.Errorf("got %+v, %v, asked %d times; want the listener on %v, asked once", got, err, asked, l.Addr())
		}
	}
	table = &Table{ask: func(uint32, int) ([]sock.Socket, error) { return nil, os.NewSyscallError("socket", unix.EMFILE) }}
	if got, err := table.Listeners(portOf(l.Addr())); !errors.Is(err, unix.EMFILE) {
		t.Errorf("got %+v, %v; want %v", got, err, unix.EMFILE)
	}
}

func TestFromKernel(t *testing.T) {
	local, remote := netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("127.0.0.1:999")
	nobody := netip.MustParseAddrPort("0.0.0.0:0")
	for name, test := range map[string]struct {
		kernel sock.Socket
		want   Socket
	}{
		"listener": {
			sock.Socket{Local: local, Remote: nobody, State: sock.Listen, RQueue: 1, WQueue: 128, UID: 1000, Inode: 7, V6Only: true},
			Socket{Local: local, State: Listen, Queued: 1, Backlog: 128, UID: 1000, Inode: 7, V6Only: true},
		},
		"bound": {
			sock.Socket{Local: local, Remote: nobody, State: 7, RQueue: 1, Inode: 9},
			Socket{Local: local, State: BoundInactive, Inode: 9},
		},
		"TIME_WAIT has no owner": {
			sock.Socket{Local: local, Remote: remote, State: 6, Timer: 3, Expires: 59123},
			Socket{Local: local, Remote: remote, State: TimeWait, UID: unknownUser, Expires: 59123 * time.Millisecond},
		},
		"closed, but the kernel still knows whose it was": {
			sock.Socket{Local: local, Remote: remote, State: 9, Timer: 1, Expires: 200, UID: 1000},
			Socket{Local: local, Remote: remote, State: LastAck, UID: 1000},
		},
	} {
		if got := fromKernel(test.kernel); got != test.want {
			t.Errorf("%s: got %+v; want %+v", name, got, test.want)
		}
	}
}

func TestTableIsSafeForConcurrentUse(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	table := openTable(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { // ends after its queries
			for range 50 {
				got, err := table.Listeners(portOf(l.Addr()))
				if err != nil || len(got) != 1 {
					t.Errorf("got %+v, %v; want one listener", got, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestClosedTable(t *testing.T) {
	table := openTable(t)
	for range 2 {
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := table.Listening(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v; want %v", err, os.ErrClosed)
	}
}

func TestOpenLeavesNoDescriptor(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	port := portOf(l.Addr())
	before := descriptors(t)
	for range 5 {
		if _, err := Lookup(port); err != nil {
			t.Fatal(err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors open; want %d", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// connect returns both ends of a new connection to l, open until the test
// ends.
func connect(tb testing.TB, l *net.TCPListener, network, address string) (client, server *net.TCPConn) {
	tb.Helper()
	dialed, err := net.DialTimeout(network, address, 30*time.Second)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dialed.Close() })
	l.SetDeadline(time.Now().Add(30 * time.Second))
	server, err = l.AcceptTCP()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	return dialed.(*net.TCPConn), server
}

// bindOnly binds a socket that does not listen to a port of 127.0.0.1. It
// skips the test on kernels that do not report such sockets.
func bindOnly(tb testing.TB) (fd, port int) {
	tb.Helper()
	var system unix.Utsname
	if err := unix.Uname(&system); err != nil {
		tb.Fatal(err)
	}
	major, rest, _ := bytes.Cut(system.Release[:], []byte("."))
	minor, _, _ := bytes.Cut(rest, []byte("."))
	x, _ := strconv.Atoi(string(major))
	if y, _ := strconv.Atoi(string(minor)); x < 6 || x == 6 && y < 8 {
		tb.Skipf("Linux %s does not list bound sockets", unix.ByteSliceToString(system.Release[:]))
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		tb.Fatal(err)
	}
	addr, err := unix.Getsockname(fd)
	if err != nil {
		tb.Fatal(err)
	}
	return fd, addr.(*unix.SockaddrInet4).Port
}

// inodeOf returns the inode of a socket.
func inodeOf(tb testing.TB, conn interface {
	SyscallConn() (syscall.RawConn, error)
}) uint64 {
	tb.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		tb.Fatal(err)
	}
	var stat unix.Stat_t
	var statErr error
	if err := raw.Control(func(fd uintptr) { statErr = unix.Fstat(int(fd), &stat) }); err != nil || statErr != nil {
		tb.Fatal(err, statErr)
	}
	return stat.Ino
}

func unmapped(addr net.Addr) netip.AddrPort {
	a := addr.(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// inNamespace runs test in a new network namespace that has a loopback
// interface.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	if os.Geteuid() != 0 {
		t.Skip("only root may make a network namespace")
	}
	t.Run("in a namespace", func(t *testing.T) {
		runtime.LockOSThread() // never unlocked, so the thread ends with this goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Skipf("no network namespace: %v", err)
		}
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		loopback, err := unix.NewIfreq("lo")
		if err != nil {
			t.Fatal(err)
		}
		loopback.SetUint16(unix.IFF_UP)
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
			t.Fatal(err)
		}
		test(t)
	})
}

// A server that accepts nothing leaves its connections in the queue.
func TestListenersReportQueue(t *testing.T) {
	fd, port := bindOnly(t)
	if err := unix.Listen(fd, 3); err != nil {
		t.Fatal(err)
	}
	table := openTable(t)
	for range 2 {
		conn, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	eventually(t, "two connections in the queue", func() bool {
		listening, err := table.Listeners(port)
		return err == nil && len(listening) == 1 && listening[0].Queued == 2 && listening[0].Backlog == 3
	})
}

func TestBetween(t *testing.T) {
	table := openTable(t)
	var ports []int
	for range 3 {
		ports = append(ports, portOf(listen(t, "tcp4", "127.0.0.1:0").Addr()))
	}
	slices.Sort(ports)
	sockets, err := table.Between(ports[0], ports[1])
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, s := range sockets {
		if port := int(s.Local.Port()); s.State == Listen && slices.Contains(ports, port) {
			got = append(got, port)
		} else if port < ports[0] || port > ports[1] {
			t.Errorf("got port %d; want %d to %d", port, ports[0], ports[1])
		}
	}
	if slices.Sort(got); !slices.Equal(got, ports[:2]) {
		t.Errorf("got listeners on %v; want %v", got, ports[:2])
	}
	owners, err := LookupRange(ports[0], ports[2])
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, o := range owners {
		if o.Process != nil && o.Process.PID == os.Getpid() && o.Socket.State == Listen {
			got = append(got, int(o.Socket.Local.Port()))
		}
	}
	if !slices.Equal(got, ports) {
		t.Errorf("got owners of %v; want %v, ascending", got, ports)
	}
	if _, err := table.Between(0, 1); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("port 0: got %v; want os.ErrInvalid", err)
	}
}
