package port

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
)

func TestErrorText(t *testing.T) {
	addr := netip.MustParseAddrPort("127.0.0.1:8080")
	taken := &TakenError{Addr: addr, Err: syscall.EADDRINUSE}
	for _, test := range []struct {
		err  error
		want string
	}{
		{taken, "reserve 127.0.0.1:8080: " + syscall.EADDRINUSE.Error()},
		{&TakenError{Addr: netip.MustParseAddrPort("[::1]:80"), Err: syscall.EACCES}, "reserve [::1]:80: permission denied"},
		{&TakenError{Addr: addr, Locked: true, HolderPID: 42, Err: syscall.EADDRINUSE}, "reserve 127.0.0.1:8080: held by devrun (pid 42)"},
		{&TakenError{Addr: addr, Locked: true, Err: syscall.EADDRINUSE}, "reserve 127.0.0.1:8080: held by devrun"},
		{&ReserveError{Addr: addr, Err: errNotLoopback}, "reserve 127.0.0.1:8080: not a loopback address"},
		{&ExhaustedError{}, "reserve a port: no candidate"},
		{&ExhaustedError{Tried: 1, Last: taken}, taken.Error()},
		{&ExhaustedError{Tried: 200, Last: taken}, "reserve a port: none of 200 is free"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%T: %q; want %q", test.err, got, test.want)
		}
	}
	for _, err := range []error{taken, &ExhaustedError{Tried: 2, Last: taken}, lockedError(8080, 0)} {
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("errors.Is(%v, EADDRINUSE) = false; want true", err)
		}
	}
}
