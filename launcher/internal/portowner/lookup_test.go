package portowner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// These hold on every system.

func TestLookupFindsListener(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	owners, err := Lookup(portOf(l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	if len(owners) != 1 {
		t.Fatalf("owners = %+v; want one", owners)
	}
	o := owners[0]
	if o.Socket.State != Listen || o.Socket.Local.String() != l.Addr().String() || o.Socket.Remote.IsValid() {
		t.Errorf("socket = %+v; want a listener on %v", o.Socket, l.Addr())
	}
	if o.Process == nil || o.Process.PID != os.Getpid() || o.Hidden {
		t.Errorf("owner = %+v; want this process, %d", o, os.Getpid())
	}
}

func TestFreePortHasNoOwner(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	port := portOf(l.Addr())
	l.Close()
	owners, err := Lookup(port)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range owners {
		if o.Socket.State == Listen {
			t.Errorf("owner = %+v; want no listener", o)
		}
	}
}

func TestPortOutOfRange(t *testing.T) {
	table := openTable(t)
	for _, port := range []int{-1, 0, 65536} {
		_, err := table.Port(port)
		if !errors.Is(err, os.ErrInvalid) || !strings.Contains(err.Error(), fmt.Sprintf("port %d:", port)) {
			t.Errorf("Port(%d): %v; want an error for it that wraps os.ErrInvalid", port, err)
		}
	}
}

func TestListeningHasListener(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	table := openTable(t)
	all, err := table.Listening()
	if err != nil {
		t.Fatal(err)
	}
	one, err := table.Listeners(portOf(l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 1 || one[0].Local.String() != l.Addr().String() {
		t.Fatalf("Listeners = %+v; want one on %v", one, l.Addr())
	}
	if !HasInode(all, one[0].Inode) {
		t.Errorf("Listening does not have %+v", one[0])
	}
	open, err := OpenBy([]int{os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	if pid := open[one[0].Inode]; pid != os.Getpid() {
		t.Errorf("OpenBy names %d; want %d", pid, os.Getpid())
	}
}

func TestAncestorsBeginWithParent(t *testing.T) {
	child := startHelper(t, exec.Command(os.Args[0]), "hold")
	ancestors, err := Ancestors(child.pid())
	if err != nil {
		t.Fatal(err)
	}
	if len(ancestors) < 2 || ancestors[0].PID != os.Getpid() || ancestors[1].PID != os.Getppid() {
		t.Errorf("ancestors = %+v; want %d and %d first", ancestors, os.Getpid(), os.Getppid())
	}
	pid := child.pid()
	child.stop()
	for name, call := range map[string]func(int) error{
		"Describe":  func(pid int) error { _, err := Describe(pid); return err },
		"Ancestors": func(pid int) error { _, err := Ancestors(pid); return err },
	} {
		for _, pid := range []int{pid, 0, -1} {
			if err := call(pid); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), fmt.Sprintf("process %d:", pid)) {
				t.Errorf("%s(%d): %v; want an error for it that wraps fs.ErrNotExist", name, pid, err)
			}
		}
	}
}
