//go:build darwin || freebsd

package control

import "golang.org/x/sys/unix"

const peersKnown = true

// peerUID is the user at the other end, as getpeereid(3) has it.
func peerUID(fd int) (int, error) {
	const solLocal = 0 // SOL_LOCAL, sys/un.h
	cred, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
