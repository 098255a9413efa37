package sock

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	attempts = 4        // how often to ask while the kernel's table keeps changing
	partSize = 32 << 10 // the kernel makes no part of an answer longer than the reader's buffer
)

// answerTimeout bounds the wait for each part of an answer. The kernel answers
// while the request is being sent; only a broken sandbox lets it pass.
var answerTimeout = unix.Timeval{Sec: 2}

// parts lends out receive buffers: of a hundred open Conns few receive at once.
var parts = sync.Pool{New: func() any { return new([partSize]byte) }}

// Conn asks the kernel about the network namespace that it was dialed in. It is
// not safe for concurrent use.
type Conn struct {
	dial     func() (int, error) // opens a socket that is connected to the kernel
	fd       int                 // -1: none now
	seq      uint32
	byFamily bool // the request for both families was refused
}

// Dial opens a Conn for the calling thread's network namespace. Where netlink
// or sock_diag is missing, as in some sandboxes, [Refused] is true for the error
// here or for that of the first request.
func Dial() (*Conn, error) {
	c := &Conn{dial: dialSockDiag, fd: -1}
	if err := c.connect(); err != nil {
		return nil, err
	}
	return c, nil
}

// Close frees the netlink socket. It is safe to call twice.
func (c *Conn) Close() {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}

// TCP returns the TCP sockets of both families whose state is in the set
// states, a bit 1<<State for each, and whose local port is port; 0 matches all.
// The kernel filters, but walks its tables of all sockets in these states.
func (c *Conn) TCP(states uint32, port int) ([]Socket, error) {
	if !c.byFamily {
		// One walk for both families costs half of two.
		sockets, err := c.dump(typeTCPDiag, tcpBothFamilies(states, port), port)
		if !Refused(err) {
			return sockets, err
		}
		c.byFamily = true
	}
	var sockets []Socket
	for _, family := range []uint8{family4, family6} {
		part, err := c.dump(typeSockDiag, tcpOfFamily(family, states, port), port)
		if err != nil {
			return nil, err
		}
		sockets = append(sockets, part...)
	}
	return sockets, nil
}

// HasUnix reports whether a unix socket with the inode exists.
func (c *Conn) HasUnix(inode uint32) (bool, error) {
	found := false
	_, err := c.ask(typeSockDiag, flagRequest, unixByInode(inode), func([]byte) error {
		found = true
		return nil
	})
	if errors.Is(err, unix.ENOENT) {
		err = nil
	}
	return found, err
}

// Refused reports whether err means that sock_diag cannot be used, because of
// the kernel's build or of a sandbox.
func Refused(err error) bool {
	return slices.ContainsFunc([]unix.Errno{
		unix.ENOENT, unix.EPERM, unix.EACCES, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT,
		unix.EOPNOTSUPP, unix.ENOSYS, unix.EINVAL, unix.ECONNREFUSED,
	}, func(errno unix.Errno) bool { return errors.Is(err, errno) })
}

// dump repeats a request until its answer is complete.
func (c *Conn) dump(kind uint16, body []byte, port int) ([]Socket, error) {
	for range attempts {
		var sockets []Socket
		interrupted, err := c.ask(kind, flagRequest|flagDump, body, func(body []byte) error {
			s, err := parseTCP(body)
			// The kernel does not compare the port of bound sockets.
			if err == nil && (port == 0 || int(s.Local.Port()) == port) {
				sockets = append(sockets, s)
			}
			return err
		})
		if err != nil || !interrupted {
			return sockets, err
		}
	}
	return nil, unix.EAGAIN
}

// ask sends one request and reads its whole answer. After an error it closes
// the socket, so that the rest of an answer never meets a later request.
func (c *Conn) ask(kind, flags uint16, body []byte, each func([]byte) error) (interrupted bool, err error) {
	if err := c.connect(); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	c.seq++
	a := answer{seq: c.seq, each: each}
	request := appendMessage(make([]byte, 0, headerSize+len(body)), kind, flags, c.seq, body)
	if _, err := retry(func() (int, error) { return unix.Write(c.fd, request) }); err != nil {
		return false, os.NewSyscallError("send", err)
	}
	for !a.done {
		if err := c.receive(&a); err != nil {
			return false, err
		}
		if flags&flagDump == 0 {
			break
		}
	}
	return a.interrupted, nil
}

// receive reads one part of an answer.
func (c *Conn) receive(a *answer) error {
	part := parts.Get().(*[partSize]byte)
	defer parts.Put(part)
	// With MSG_TRUNC the length is the message's, also where it did not fit.
	n, err := retry(func() (int, error) {
		n, _, err := unix.Recvfrom(c.fd, part[:], unix.MSG_TRUNC)
		return n, err
	})
	switch {
	case errors.Is(err, unix.EAGAIN):
		return os.ErrDeadlineExceeded
	case err != nil:
		return os.NewSyscallError("receive", err)
	case n == 0 || n > len(part):
		return errMalformed
	}
	err = a.add(part[:n])
	if _, answered := err.(unix.Errno); answered {
		return os.NewSyscallError("sock_diag", err)
	}
	return err
}

func (c *Conn) connect() error {
	if c.fd >= 0 {
		return nil
	}
	fd, err := c.dial()
	if err == nil {
		c.fd = fd
	}
	return err
}

// dialSockDiag opens a netlink socket. Connected to the kernel, it takes no
// message from another process.
func dialSockDiag() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &answerTimeout); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

// retry repeats call while a signal interrupts it.
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// unixByInode is a struct unix_diag_req for one unix socket in any state.
func unixByInode(inode uint32) []byte {
	const statesAt, inodeAt, cookieAt, size = 4, 8, 16, 24
	b := make([]byte, size)
	b[0] = familyUnix
	binary.NativeEndian.PutUint32(b[statesAt:], 1<<32-1)
	binary.NativeEndian.PutUint32(b[inodeAt:], inode)
	binary.NativeEndian.PutUint64(b[cookieAt:], 1<<64-1) // any
	return b
}
