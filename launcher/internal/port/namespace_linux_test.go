package port

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"devrun/launcher/internal/netns"
	"devrun/launcher/internal/wholefile"

	"golang.org/x/sys/unix"
)

const (
	localRangeSysctl = "net/ipv4/ip_local_port_range"
	attempts         = 30_000 // of the kernel's choice among 8 ports
)

// With eight ports to choose from, the kernel would soon give the held one.
func TestKernelNeverGivesTheHeldPort(t *testing.T) {
	if !netns.In(t) {
		return
	}
	const held = 50003
	sysctl(t, localRangeSysctl, "50000 50007")

	r, err := Reserve(held)
	if err != nil {
		t.Fatal(err)
	}
	askKernel(t, held, "held")
	server := startHelper(t, "listen", fmt.Sprintf(":%d", held), "")
	if got := server.line(t); got != "listening" {
		t.Fatalf("server: %s; want it to listen", got)
	}
	askKernel(t, held, "held, with a server")
	server.kill()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	serveOne(t, held, nil)()
	wantNotFree(t, held)
	if r, err = Reserve(held); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	askKernel(t, held, "held beside TIME_WAIT")
}

// askKernel has it choose ports for bind and connect, and fails the test if one
// is p.
func askKernel(t *testing.T, p int, when string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:60000")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := &unix.SockaddrInet4{Port: 60000, Addr: [4]byte{127, 0, 0, 1}}
	for i := range attempts {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		how := []string{"bind(0)", "bind(0) with SO_REUSEADDR", "connect"}[i%3]
		switch how {
		case "bind(0) with SO_REUSEADDR":
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
			fallthrough
		case "bind(0)":
			err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		case "connect":
			// Closed with a reset, so that no TIME_WAIT uses up the other ports.
			unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			err = unix.Connect(fd, server)
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", when, how, err)
		}
		name, err := unix.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		if got := name.(*unix.SockaddrInet4).Port; got == p {
			t.Fatalf("%s: %s was given port %d", when, how, p)
		}
		unix.Close(fd)
		if how == "connect" {
			if conn, err := l.Accept(); err == nil {
				conn.Close()
			}
		}
	}
}

func TestReserveWithoutIPv6(t *testing.T) {
	if !netns.In(t) {
		return
	}
	sysctl(t, "net/ipv6/conf/all/disable_ipv6", "1")
	r, err := Reserve(61000)
	if err != nil {
		t.Fatalf("Reserve: %v; want it to do without [::1]", err)
	}
	defer r.Close()
	for _, addr := range []string{"127.0.0.1:61000", ":61000"} {
		server := startHelper(t, "listen", addr, "")
		if got := server.line(t); got != "listening" {
			t.Errorf("server on %s: %s; want it to listen", addr, got)
		}
		server.stop(t)
	}
	if err := errors.Join(r.Release(), r.Hold()); err != nil {
		t.Errorf("Release and Hold: %v", err)
	}
}

func TestReserveFirstOfAFullRange(t *testing.T) {
	if !netns.In(t) {
		return
	}
	full := Range{50000, 50099}
	for p := full.First; p <= full.Last; p++ {
		if _, err := (occupant{addr: "127.0.0.1"}).occupy(t, p); err != nil {
			t.Fatal(err)
		}
	}
	_, err := ReserveFirst(context.Background(), Candidates(full, System{}, "seed"))
	var exhausted *ExhaustedError
	if !errors.As(err, &exhausted) || exhausted.Tried != full.Len() {
		t.Errorf("ReserveFirst: %v; want *ExhaustedError, %d tried", err, full.Len())
	}
}

func TestReadSystemOfANamespace(t *testing.T) {
	if !netns.In(t) {
		return
	}
	sysctl(t, localRangeSysctl, "40000 50007")
	sysctl(t, "net/ipv4/ip_local_reserved_ports", "8080,9148-9150")
	got, err := ReadSystem()
	if err != nil || got.Ephemeral != (Range{40000, 50007}) || fmt.Sprint(got.Reserved) != "[8080 9148-9150]" {
		t.Errorf("ReadSystem() = %v, %v", got, err)
	}
}

// The test's process in the namespace becomes another user, for good.
func TestOtherUser(t *testing.T) {
	if !netns.In(t) {
		return
	}
	sysctl(t, "net/ipv4/ip_unprivileged_port_start", "1024")
	holder := startHelper(t, "reserve", "61000")
	if got := holder.line(t); got != "ok" {
		t.Fatalf("holder: %s", got)
	}
	const nobody = 65534
	if err := syscall.Setresuid(nobody, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	_, err := Reserve(61000)
	if taken := wantTaken(t, err); !taken.Locked || taken.HolderPID != holder.cmd.Process.Pid {
		t.Errorf("Reserve of root's port: %+v; want it locked by pid %d", taken, holder.cmd.Process.Pid)
	}
	_, err = Reserve(80)
	if taken := wantTaken(t, err); taken.Locked || !errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Reserve of port 80: %+v; want EACCES", taken)
	}
	r, err := ReserveFirst(context.Background(), Candidates(Range{1020, 1024}, System{}, "seed"))
	if err != nil || r.Port() != 1024 {
		t.Fatalf("ReserveFirst of 1020-1024: %v; want port 1024", err)
	}
	r.Close()
	holder.stop(t) // it is root's, so this user could not kill it
}

// The limit is that of a process of its own, in the namespace.
func TestReserveWithoutDescriptors(t *testing.T) {
	if !netns.In(t) {
		return
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for spare := range uint64(4) { // fewer than a reservation needs
		limit := syscall.Rlimit{Cur: uint64(len(entries)) - 1 + spare, Max: 1024}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		r, err := ReserveFirst(context.Background(), Candidates(Dynamic(), System{}, "seed"))
		var reserveErr *ReserveError
		if err == nil {
			r.Close()
		} else if !errors.As(err, &reserveErr) || !errors.Is(err, syscall.EMFILE) {
			t.Errorf("with %d descriptors: %v; want a *ReserveError, EMFILE", spare, err)
		}
		if spare == 0 && err == nil {
			t.Error("without a descriptor: no error")
		}
	}
}

// The test's process in the namespace becomes another user.
func TestBookOfAnotherUser(t *testing.T) {
	if !netns.In(t) {
		return
	}
	root := t.TempDir()
	closed, readOnly := root+"/closed", root+"/read-only"
	if err := errors.Join(os.Chmod(filepath.Dir(root), 0o755), os.Chmod(root, 0o755), os.Mkdir(closed, 0o700), os.Mkdir(readOnly, 0o755)); err != nil {
		t.Fatal(err)
	}
	foreign := someAssignment("foreign")
	foreignBook, err := OpenBook(readOnly)
	if err != nil {
		t.Fatal(err)
	}
	save(t, foreignBook, foreign) // mode 0600, of root
	for dir := root; dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o001 == 0 {
			t.Skipf("another user cannot reach %s", dir)
		}
	}
	const nobody = 65534
	if err := syscall.Setresuid(nobody, nobody, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	var bookErr *wholefile.Error
	if _, err := OpenBook(closed); !errors.As(err, &bookErr) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("OpenBook of a closed folder: %v; want a *wholefile.Error, fs.ErrPermission", err)
	}
	b, err := OpenBook(readOnly)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Save(someAssignment("api")); !errors.As(err, &bookErr) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Save: %v; want a *wholefile.Error, fs.ErrPermission", err)
	}
	var unread *wholefile.ReadError
	if _, err := b.Load(foreign.Project, foreign.Service); !errors.As(err, &unread) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Load of root's file: %v; want a *wholefile.ReadError, fs.ErrPermission", err)
	}
	if list, err := b.List(); !errors.Is(err, fs.ErrPermission) || len(list) != 0 {
		t.Errorf("List() = %v, %v; want fs.ErrPermission", list, err)
	}
}
