package port

import (
	"errors"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/sock"
)

const (
	// lockPrefix and the port form the lock's name. All releases share it: after
	// a change two of them could take one port. "@" is the NUL of the abstract
	// namespace (unix(7)).
	lockPrefix = "@devrun/port/"

	// lockBacklog bounds the processes that can ask for the holder before the
	// answer becomes "unknown"; net.core.somaxconn caps it.
	lockBacklog = 4096

	// It takes a holder microseconds to get from bind to listen.
	lockRetries    = 50
	lockRetryPause = 100 * time.Microsecond
)

// portLock is a listening unix socket in the abstract namespace. Its name is
// taken atomically, visible to all users of the network namespace, like ports,
// and gone with its process. It never accepts: it listens so that a process that
// finds it taken can read the credentials that listen(2) stored.
type portLock struct{ fd int }

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
		return &portLock{fd: fd}, nil
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

// lockHolder asks the kernel which process listens on the lock. The pid is 0 if
// the queue of earlier askers is full or the holder is in another pid namespace.
// The error is ECONNREFUSED if no process listens: not yet, or no longer.
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

// close frees the lock, and waits until its socket is gone.
func (l *portLock) close() error {
	var stat unix.Stat_t
	errStat := unix.Fstat(l.fd, &stat)
	err := unix.Close(l.fd)
	conn, errDial := sock.Dial()
	if errStat == nil && errDial == nil {
		defer conn.Close()
		awaitCopies(func() bool {
			exists, err := conn.HasUnix(uint32(stat.Ino))
			return err == nil && exists
		})
	}
	return errors.Join(errStat, err)
}

// drop frees a lock that was just taken.
func (l *portLock) drop() { unix.Close(l.fd) }
