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

// lockTime bounds the wait for another devrun that is in Listen.
const lockTime = time.Second

// Listen answers requests with handle on a socket, mode 0600, at path, until
// Close. The folder is made, mode 0700, if it does not exist. The last element of
// path may not exceed 40 bytes. A socket file on which nobody answers is replaced.
// The error is a *SocketError: ErrRunning where somebody does, ErrNotSocket,
// ErrFolder, or the system's.
func Listen(path string, handle Handler) (*Server, error) {
	listener, own, err := listen(path)
	if err != nil {
		return nil, &SocketError{Op: "listen on", Path: path, Err: systemError(err)}
	}
	return serve(listener, func() error { return removeOwn(path, own) }, handle), nil
}

// listen returns the listener and its file.
func listen(path string) (*net.UnixListener, fs.FileInfo, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	if err := removeStale(path); err != nil {
		return nil, nil, err
	}
	addr, release, err := address(path)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: addr})
	if err != nil {
		return nil, nil, err
	}
	listener.SetUnlinkOnClose(false) // addr may name something else by then
	err = os.Chmod(path, 0o600)
	own, errOwn := os.Lstat(path)
	if err := errors.Join(err, errOwn); err != nil {
		listener.Close()
		return nil, nil, err
	}
	return listener, own, nil
}

// lockFolder makes the check for a stale socket and the listening one step among
// all devruns. It also checks that nobody else can write to the folder.
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
	// Held for microseconds. Without the lock, as on a file system that has none,
	// two devruns that find the same stale socket could both replace it; no two
	// runs have the same path.
	for deadline := time.Now().Add(lockTime); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return func() { folder.Close() }, nil
}

// removeStale removes a socket file on which nobody listens.
func removeStale(path string) error {
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
	case errors.Is(err, unix.EAGAIN): // its queue is full
		return ErrRunning
	}
	return err
}

// removeOwn removes the socket's file unless another has taken its place.
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

func connect(ctx context.Context, path string) (*net.UnixConn, error) {
	addr, release, err := address(path)
	if err != nil {
		return nil, err
	}
	defer release()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", addr)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// dial connects as a client.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	conn, err := connect(ctx, path)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ENOTDIR):
		return nil, ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return nil, ErrRefused
	}
	return nil, systemError(err)
}

// systemError drops the operation and address that package net and os add: the
// address may not be the path that the user knows.
func systemError(err error) error {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}

// checkPeer returns an error unless the other end belongs to our user. Root has
// no more rights here: it has its own state folder, and so its own devruns.
func checkPeer(conn *net.UnixConn) error {
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
		return ErrRefused
	}
	return nil
}
