package check

import (
	"net"
	"syscall"
	"testing"
	"time"
)

// bindWithoutReuse fails unless addr can be bound without SO_REUSEADDR.
func bindWithoutReuse(t *testing.T, addr *net.TCPAddr) {
	t.Helper()
	var err error
	// The server may not have seen the close yet.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		var fd int
		if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}})
		syscall.Close(fd)
		if err == nil {
			return
		}
	}
	t.Errorf("bind %v: %v; want it free", addr, err)
}
