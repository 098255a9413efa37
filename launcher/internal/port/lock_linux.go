package port

import (
	"errors"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lockPrefix and the port make the lock's name. All releases share it: a
	// change would let two of them take one port. "@" stands for the NUL of the
	// abstract namespace (unix(7)).
	lockPrefix = "@devrun/port/"

	// lockBacklog is how many processes may ask for the holder before the answer
	// becomes "unknown"; net.core.somaxconn caps it.
	lockBacklog = 4096

	// A holder is between bind and listen for microseconds.
	lockRetries    = 50
	lockRetryPause = 100 * time.Microsecond
)

// portLock is a listening unix socket in the abstract namespace. Its name is
// taken atomically, seen by all users of the network namespace, as ports are,
// and gone with its process. Nobody accepts on it: it listens only so that
// whoever finds it taken can read the credentials that listen(2) stored.
type portLock struct {
	fd   int
	name unix.Sockaddr
}

// takeLock returns a *TakenError with Locked set if another has the lock.
func takeLock(p int, lookup holderLookup) (*portLock, error) {
	name := &unix.SockaddrUnix{Name: lockPrefix + strconv.Itoa(p)}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, lockFailure(p, err)
	}
	pid, err := bindLock(fd, name, lookup)
	if err == nil {
		err = unix.Listen(fd, lockBacklog)
	}
	if err == nil {
		return &portLock{fd: fd, name: name}, nil
	}
	unix.Close(fd)
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, lockedError(p, pid)
	}
	return nil, lockFailure(p, err)
}

// bindLock binds fd to name. If that gives EADDRINUSE, pid is the holder's; 0 if
// unknown or not looked up.
func bindLock(fd int, name unix.Sockaddr, lookup holderLookup) (pid int, err error) {
	for range lockRetries {
		err = unix.Bind(fd, name)
		if !errors.Is(err, unix.EADDRINUSE) || lookup == skipHolder {
			return 0, err
		}
		pid, holderErr := lockHolder(name)
		if !errors.Is(holderErr, unix.ECONNREFUSED) {
			return pid, err
		}
		time.Sleep(lockRetryPause)
	}
	return 0, err
}

// lockHolder asks the kernel who listens on the lock. The pid is 0 if the queue
// of earlier askers is full or the holder lives in another pid namespace. The
// error is ECONNREFUSED if nobody listens: not yet, or no longer.
func lockHolder(name unix.Sockaddr) (pid int, err error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, name); err != nil {
		return 0, err
	}
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Pid), nil
}

func lockFailure(p int, err error) error {
	return &ReserveError{Addr: netip.AddrPortFrom(ipv4Loopback(), uint16(p)), Err: err}
}

func (l *portLock) close() error {
	// What is left of the socket, see awaitCopies, refuses connections from now
	// on; so it differs from the lock of a next holder.
	err := errors.Join(unix.Shutdown(l.fd, unix.SHUT_RDWR), unix.Close(l.fd))
	awaitCopies(l.copyRemains)
	return err
}

// copyRemains reports whether the name is taken and nobody listens. It takes
// the name for a moment, in which the lock seems not to be gone yet.
func (l *portLock) copyRemains() bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if !errors.Is(unix.Bind(fd, l.name), unix.EADDRINUSE) {
		return false
	}
	_, err = lockHolder(l.name)
	return errors.Is(err, unix.ECONNREFUSED)
}
