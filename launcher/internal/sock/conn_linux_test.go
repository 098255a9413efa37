package sock

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// script plays the kernel for a Conn over a socket pair: it answers each
// request of a connection with the datagrams that answer makes of it.
type script struct {
	conn   *Conn
	answer func(asked int, kind uint16, seq uint32) [][]byte
	serves []served

	mu    sync.Mutex
	kinds []uint16 // of the requests so far
}

// served is one connection.
type served struct {
	fd   int
	done chan struct{}
}

func newScript(t *testing.T, answer func(asked int, kind uint16, seq uint32) [][]byte) *script {
	s := &script{answer: answer}
	s.conn = &Conn{dial: s.dial, fd: -1}
	t.Cleanup(func() {
		s.conn.Close()
		for _, served := range s.serves {
			<-served.done
			unix.Close(served.fd)
		}
	})
	return s
}

func (s *script) dial() (int, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	served := served{fd: pair[1], done: make(chan struct{})}
	s.serves = append(s.serves, served)
	go s.serve(served) // ends when the Conn closes its side; the cleanup waits
	return pair[0], nil
}

func (s *script) serve(served served) {
	defer close(served.done)
	request := make([]byte, 256)
	for {
		n, err := retry(func() (int, error) { return unix.Read(served.fd, request) })
		if err != nil || n < headerSize {
			return
		}
		kind, seq := binary.NativeEndian.Uint16(request[4:]), binary.NativeEndian.Uint32(request[8:])
		s.mu.Lock()
		s.kinds = append(s.kinds, kind)
		asked := len(s.kinds)
		s.mu.Unlock()
		for _, datagram := range s.answer(asked, kind, seq) {
			if err := unix.Send(served.fd, datagram, unix.MSG_NOSIGNAL); err != nil {
				break // abandoned by the Conn
			}
		}
	}
}

// asked returns the kinds of the requests so far.
func (s *script) asked() []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kinds)
}

// listenerMessage is a part of an answer with one listener on port 8080.
func listenerMessage(flags uint16, seq uint32) []byte {
	s := Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("0.0.0.0:0"), State: Listen}
	return message(typeSockDiag, flags, seq, encode(family4, s))
}

const listeners = 1 << Listen

func TestInterruptedDumpIsRepeated(t *testing.T) {
	s := newScript(t, func(asked int, _ uint16, seq uint32) [][]byte {
		flags := uint16(2)
		if asked < attempts {
			flags |= flagDumpInterrupted
		}
		return [][]byte{listenerMessage(flags, seq), message(typeDone, flags, seq, errnoBody(0))}
	})
	got, err := s.conn.TCP(listeners, 8080)
	if err != nil || len(got) != 1 || len(s.asked()) != attempts || len(s.serves) != 1 {
		t.Errorf("got %+v, %v after %d requests on %d sockets; want one listener after %d on one", got, err, len(s.asked()), len(s.serves), attempts)
	}
}

func TestDumpThatIsAlwaysInterrupted(t *testing.T) {
	s := newScript(t, func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{message(typeDone, flagDumpInterrupted, seq, errnoBody(0))}
	})
	if got, err := s.conn.TCP(listeners, 8080); !errors.Is(err, unix.EAGAIN) || len(s.asked()) != attempts {
		t.Errorf("got %+v, %v after %d requests; want %v after %d", got, err, len(s.asked()), unix.EAGAIN, attempts)
	}
}

func TestTCPFiltersByPort(t *testing.T) {
	s := newScript(t, func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{listenerMessage(2, seq), message(typeDone, 2, seq, errnoBody(0))}
	})
	for port, want := range map[int]int{0: 1, 8080: 1, 81: 0} {
		if got, err := s.conn.TCP(listeners, port); err != nil || len(got) != want {
			t.Errorf("port %d: got %+v, %v; want %d sockets", port, got, err, want)
		}
	}
}

func TestTooLongPartIsMalformed(t *testing.T) {
	s := newScript(t, func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{slices.Concat(slices.Repeat([][]byte{listenerMessage(2, seq)}, 1000)...), message(typeDone, 2, seq, errnoBody(0))}
	})
	if got, err := s.conn.TCP(listeners, 8080); !errors.Is(err, errMalformed) {
		t.Errorf("got %d sockets, %v; want %v", len(got), err, errMalformed)
	}
}

func TestLateAnswerIsNotTaken(t *testing.T) {
	s := newScript(t, func(asked int, _ uint16, seq uint32) [][]byte {
		if asked == 1 {
			return [][]byte{{1, 2, 3}, listenerMessage(2, seq), message(typeDone, 2, seq, errnoBody(0))}
		}
		return [][]byte{message(typeDone, 2, seq, errnoBody(0))}
	})
	if got, err := s.conn.TCP(listeners, 8080); !errors.Is(err, errMalformed) {
		t.Errorf("got %+v, %v; want %v", got, err, errMalformed)
	}
	if got, err := s.conn.TCP(listeners, 8080); err != nil || len(got) != 0 || len(s.serves) != 2 {
		t.Errorf("got %+v, %v on %d sockets; want nothing on the second", got, err, len(s.serves))
	}
}

func TestKernelThatDoesNotAnswer(t *testing.T) {
	s := newScript(t, func(int, uint16, uint32) [][]byte { return nil })
	s.conn.dial = func() (int, error) {
		fd, err := s.dial()
		if err == nil {
			err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 1000})
		}
		return fd, err
	}
	if got, err := s.conn.TCP(listeners, 8080); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %+v, %v; want %v", got, err, os.ErrDeadlineExceeded)
	}
}

func TestRefusedRequests(t *testing.T) {
	refuse := func(seq uint32) [][]byte {
		return [][]byte{message(typeError, 0, seq, errnoBody(-int32(unix.ENOENT)))}
	}
	// Refused for both families at once, it is made for each, and never again for both.
	s := newScript(t, func(_ int, kind uint16, seq uint32) [][]byte {
		if kind == typeTCPDiag {
			return refuse(seq)
		}
		return [][]byte{listenerMessage(2, seq), message(typeDone, 2, seq, nil)}
	})
	for range 2 {
		if got, err := s.conn.TCP(listeners, 8080); err != nil || len(got) != 2 {
			t.Errorf("got %+v, %v; want one listener of each family", got, err)
		}
	}
	if want := []uint16{typeTCPDiag, typeSockDiag, typeSockDiag, typeSockDiag, typeSockDiag}; !slices.Equal(s.asked(), want) {
		t.Errorf("requests %v; want %v", s.asked(), want)
	}
	s = newScript(t, func(_ int, _ uint16, seq uint32) [][]byte { return refuse(seq) })
	if got, err := s.conn.TCP(listeners, 8080); !Refused(err) {
		t.Errorf("got %+v, %v; want it refused", got, err)
	}
	for errno, want := range map[unix.Errno]bool{unix.EPROTONOSUPPORT: true, unix.EMFILE: false} {
		c := &Conn{dial: func() (int, error) { return -1, os.NewSyscallError("socket", errno) }, fd: -1}
		if _, err := c.TCP(listeners, 8080); !errors.Is(err, errno) || Refused(err) != want {
			t.Errorf("got %v, refused: %v; want %v, %v", err, Refused(err), errno, want)
		}
	}
}

func TestTCPOfKernel(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := dialKernel(t)
	for _, byFamily := range []bool{false, true} {
		c.byFamily = byFamily
		got, err := c.TCP(listeners, l.Addr().(*net.TCPAddr).Port)
		if err != nil || len(got) != 1 || got[0].Local.String() != l.Addr().String() || got[0].Inode == 0 || got[0].Cookie == 0 || got[0].WQueue == 0 {
			t.Errorf("by family %v: got %+v, %v; want one listener on %s", byFamily, got, err, l.Addr())
		}
	}
}

func TestHasUnix(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[1])
	var stat unix.Stat_t
	if err := unix.Fstat(pair[0], &stat); err != nil {
		t.Fatal(err)
	}
	c := dialKernel(t)
	exists, err := c.HasUnix(uint32(stat.Ino))
	if Refused(err) {
		t.Skipf("no unix_diag: %v", err)
	}
	if err != nil || !exists {
		t.Errorf("open: got %v, %v; want it to exist", exists, err)
	}
	unix.Close(pair[0])
	if exists, err := c.HasUnix(uint32(stat.Ino)); err != nil || exists {
		t.Errorf("closed: got %v, %v; want it gone", exists, err)
	}
}

func dialKernel(t *testing.T) *Conn {
	t.Helper()
	c, err := Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
