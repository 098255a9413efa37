package portowner

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestReusesAddress(t *testing.T) {
	for _, want := range []int{0, 1} {
		lc := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) error {
			return conn.Control(func(fd uintptr) {
				if err := syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, want); err != nil {
					t.Error(err)
				}
			})
		}}
		l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		table, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		sockets, err := table.Listeners(l.Addr().(*net.TCPAddr).Port)
		if err != nil || len(sockets) != 1 {
			t.Fatalf("Listeners = %v, %v; want one", sockets, err)
		}
		got, err := ReusesAddress(os.Getpid(), sockets[0].Inode)
		if err != nil || got != (want == 1) {
			t.Errorf("ReusesAddress of a socket with SO_REUSEADDR %d = %v, %v", want, got, err)
		}
	}
	if _, err := ReusesAddress(os.Getpid(), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReusesAddress of no socket: %v; want fs.ErrNotExist", err)
	}
}
