package why

import (
	"context"
	"net"
	"slices"
	"syscall"
	"testing"

	"devrun/launcher/internal/diag"
)

// A server that has closed and ended leaves its port to the kernel for as long
// as its clients keep their end open.
func TestClosingPort(t *testing.T) {
	lc := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) error {
		var err error
		errControl := conn.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
		})
		if errControl != nil {
			return errControl
		}
		return err
	}}
	l, err := lc.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	served.Close()
	l.Close()
	_, target, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Ask(context.Background(), Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	// The other family of localhost, and other loopback addresses, are free for all: a
	// connection of another test may close there as well.
	got.Holders = slices.DeleteFunc(got.Holders, func(h diag.Holder) bool { return h.Addr.String() != l.Addr().String() })
	if got.Free || got.Status != 3 || len(got.Holders) != 1 || got.Holders[0].State != diag.StateClosing || got.Holders[0].PID != 0 {
		t.Errorf("got %+v; want a port that is not free, and nobody who has it", got)
	}
}
