//go:build darwin || freebsd

package control

import "golang.org/x/sys/unix"

// peerUID returns the user at the other end, as getpeereid(3) does.
func peerUID(fd int) (int, error) {
	const solLocal = 0 // SOL_LOCAL, sys/un.h
	cred, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
