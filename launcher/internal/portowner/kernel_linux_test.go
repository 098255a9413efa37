package portowner

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// script plays the kernel for a Table over a socket pair: it answers each
// request of a connection with the datagrams that answer makes of it.
type script struct {
	table  *Table
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
	s.table = &Table{dial: s.dial, fd: -1}
	t.Cleanup(func() {
		s.table.Close()
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
	go s.serve(served) // ends when the Table closes its side; the cleanup waits
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
				break // given up by the Table
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

// listenerMessage is a whole answer's part with one listener on port 8080.
func listenerMessage(flags uint16, seq uint32) []byte {
	s := wireSocket{family: family4, state: 10, local: addrPortOf("127.0.0.1:8080"), remote: addrPortOf("0.0.0.0:0"), inode: 7}
	return message(typeSockDiag, flags, seq, s.encode())
}

func TestInterruptedDumpIsRepeated(t *testing.T) {
	s := newScript(t, func(asked int, _ uint16, seq uint32) [][]byte {
		flags := uint16(2)
		if asked < dumpAttempts {
			flags |= flagDumpInterrupted
		}
		return [][]byte{listenerMessage(flags, seq), message(typeDone, flags, seq, errnoBody(0))}
	})
	got, err := s.table.Port(8080)
	if err != nil || len(got) != 1 || len(s.asked()) != dumpAttempts || len(s.serves) != 1 {
		t.Errorf("got %+v, %v after %d requests on %d sockets; want one listener after %d on one", got, err, len(s.asked()), len(s.serves), dumpAttempts)
	}
}

func TestDumpThatIsAlwaysInterrupted(t *testing.T) {
	s := newScript(t, func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{message(typeDone, flagDumpInterrupted, seq, errnoBody(0))}
	})
	if got, err := s.table.Port(8080); !errors.Is(err, unix.EAGAIN) || len(s.asked()) != dumpAttempts {
		t.Errorf("got %+v, %v after %d requests; want %v after %d", got, err, len(s.asked()), unix.EAGAIN, dumpAttempts)
	}
}

func TestLongPartIsReadWhole(t *testing.T) {
	long := func(seq uint32) []byte {
		return slices.Concat(slices.Repeat([][]byte{listenerMessage(2, seq)}, 1000)...)
	}
	s := newScript(t, func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{long(seq), message(typeDone, 2, seq, errnoBody(0))}
	})
	got, err := s.table.Port(8080)
	if err != nil || len(got) != 1000 || len(s.serves) != len(s.asked()) {
		t.Errorf("got %d sockets, %v, after %d requests on %d sockets; want 1000 and a fresh socket a request", len(got), err, len(s.asked()), len(s.serves))
	}
	if len(s.table.buf) < len(long(0)) {
		t.Errorf("buffer has %d bytes; want %d at least", len(s.table.buf), len(long(0)))
	}
}

func TestLateAnswerIsNotTaken(t *testing.T) {
	s := newScript(t, func(asked int, _ uint16, seq uint32) [][]byte {
		if asked == 1 {
			return [][]byte{{1, 2, 3}, listenerMessage(2, seq), message(typeDone, 2, seq, errnoBody(0))}
		}
		return [][]byte{message(typeDone, 2, seq, errnoBody(0))}
	})
	if got, err := s.table.Port(8080); !errors.Is(err, errMalformed) {
		t.Errorf("got %+v, %v; want %v", got, err, errMalformed)
	}
	if got, err := s.table.Port(8080); err != nil || len(got) != 0 || len(s.serves) != 2 {
		t.Errorf("got %+v, %v on %d sockets; want nothing on the second", got, err, len(s.serves))
	}
}

func TestKernelThatDoesNotAnswer(t *testing.T) {
	s := newScript(t, func(int, uint16, uint32) [][]byte { return nil })
	s.table.dial = func() (int, error) {
		fd, err := s.dial()
		if err == nil {
			err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 1000})
		}
		return fd, err
	}
	if got, err := s.table.Port(8080); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %+v, %v; want %v", got, err, os.ErrDeadlineExceeded)
	}
}

func TestSourcesAreTriedInOrder(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	port := portOf(l.Addr())
	refuse := func(_ int, _ uint16, seq uint32) [][]byte {
		return [][]byte{message(typeError, 0, seq, errnoBody(-int32(unix.ENOENT)))}
	}
	t.Run("both families at once refused", func(t *testing.T) {
		s := newScript(t, func(asked int, kind uint16, seq uint32) [][]byte {
			if kind == typeTCPDiag {
				return refuse(asked, kind, seq)
			}
			return [][]byte{listenerMessage(2, seq), message(typeDone, 2, seq, nil)}
		})
		got, err := s.table.Port(8080)
		want := []uint16{typeTCPDiag, typeSockDiag, typeSockDiag}
		if err != nil || len(got) != 2 || !slices.Equal(s.asked(), want) {
			t.Errorf("got %+v, %v by requests %v; want one listener of each by %v", got, err, s.asked(), want)
		}
	})
	t.Run("all refused", func(t *testing.T) {
		s := newScript(t, refuse)
		for range 2 {
			got, err := s.table.Listeners(port)
			if err != nil || len(got) != 1 || got[0].Inode != inodeOf(t, l) {
				t.Errorf("got %+v, %v; want the listener on %v", got, err, l.Addr())
			}
		}
		if len(s.asked()) != 2 {
			t.Errorf("asked %d times; want 2, then never again", len(s.asked()))
		}
	})
	t.Run("no netlink", func(t *testing.T) {
		table := &Table{dial: func() (int, error) { return -1, os.NewSyscallError("socket", unix.EPROTONOSUPPORT) }, fd: -1}
		got, err := table.Listeners(port)
		if err != nil || len(got) != 1 || got[0].Inode != inodeOf(t, l) {
			t.Errorf("got %+v, %v; want the listener on %v", got, err, l.Addr())
		}
	})
	t.Run("out of descriptors", func(t *testing.T) {
		table := &Table{dial: func() (int, error) { return -1, os.NewSyscallError("socket", unix.EMFILE) }, fd: -1}
		if got, err := table.Listeners(port); !errors.Is(err, unix.EMFILE) {
			t.Errorf("got %+v, %v; want %v", got, err, unix.EMFILE)
		}
	})
}
