//go:build unix

package control

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// dialRetry is the pause where the queue of a live server is full.
const dialRetry = 5 * time.Millisecond

// Listen offers a socket, mode 0600, at path, whose folder is made, mode 0700,
// if it is not there. The path may be longer than a socket's address; its last
// element may not exceed 40 bytes. A socket file that nobody answers on is
// replaced. Its error is a *ListenError, with ErrRunning if somebody does.
func Listen(path string) (*Server, error) {
	fail := func(err error) (*Server, error) { return nil, &ListenError{Path: path, Err: err} }
	if !peersKnown {
		return fail(errors.ErrUnsupported)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return fail(err)
	}
	defer unlock()
	if err := clearStale(path); err != nil {
		return fail(err)
	}
	addr, release, err := address(path)
	if err != nil {
		return fail(err)
	}
	defer release()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: addr})
	if err != nil {
		return fail(errno(err))
	}
	listener.SetUnlinkOnClose(false) // addr may mean something else by then
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return fail(err)
	}
	own, err := os.Lstat(path)
	if err != nil {
		listener.Close()
		return fail(err)
	}
	return newServer(listener, func() error { return removeOwn(path, own) }), nil
}

// lockFolder makes the check for a stale socket and the listening one step
// among all devruns. It also makes sure that the folder is ours alone to write.
func lockFolder(dir string) (unlock func(), err error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	info, err := folder.Stat()
	if err != nil {
		folder.Close()
		return nil, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		folder.Close()
		return nil, ErrFolder
	}
	// Held for microseconds. A file system without such locks leaves a small
	// race between two devruns that find the same stale socket.
	for {
		if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return func() { folder.Close() }, nil
}

// clearStale removes a socket file that nobody listens on.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return ErrNotSocket
	}
	conn, err := connect(context.Background(), path)
	switch {
	case err == nil:
		conn.Close()
		return ErrRunning
	case errors.Is(err, unix.ECONNREFUSED):
		return os.Remove(path)
	case errors.Is(err, unix.EAGAIN): // so many wait that somebody must be there
		return ErrRunning
	}
	return errno(err)
}

// removeOwn removes the socket's file unless it is another's by now.
func removeOwn(path string, own fs.FileInfo) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, own) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// connect does so once.
func connect(ctx context.Context, path string) (*net.UnixConn, error) {
	addr, release, err := address(path)
	if err != nil {
		return nil, err
	}
	defer release()
	var dialer net.Dialer // it has no deadline of its own: ctx has
	conn, err := dialer.DialContext(ctx, "unix", addr)
	if err != nil {
		return nil, errno(err)
	}
	return conn.(*net.UnixConn), nil
}

// dial connects, and waits while the server's queue is full.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	for {
		conn, err := connect(ctx, path)
		if !errors.Is(err, unix.EAGAIN) {
			return conn, err
		}
		select {
		case <-time.After(dialRetry):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// nobody reports whether err means that there is no server.
func nobody(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOTDIR)
}

// errno drops what package net adds to a system's error: the address is not the
// path that the user knows.
func errno(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

// samePeer returns an error unless the other end belongs to our user. Root has
// no more rights here: it has its own state folder, and so its own devruns.
func samePeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	uid, errPeer := 0, error(nil)
	if err := raw.Control(func(fd uintptr) { uid, errPeer = peerUID(int(fd)) }); err != nil {
		return err
	}
	if errPeer != nil {
		return errPeer
	}
	if uid != os.Geteuid() {
		return fs.ErrPermission
	}
	return nil
}

func newServer(listener *net.UnixListener, remove func() error) *Server {
	s := &Server{listener: listener, remove: remove, patience: requestTime, answered: map[net.Conn]struct{}{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}
