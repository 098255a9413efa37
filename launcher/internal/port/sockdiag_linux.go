package port

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// askDiag sends one request of type kind to sock_diag(7) and returns the bodies
// of the answers: all of a dump, if flags has NLM_F_DUMP, or else the one. The
// error may be the kernel's for the request.
func askDiag(kind, flags uint16, request []byte) ([][]byte, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	message := netlinkMessage(kind, unix.NLM_F_REQUEST|flags, request)
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	var answers [][]byte
	for {
		buf := make([]byte, 32<<10) // the most the kernel puts into one datagram
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		batch, done, err := parseAnswers(buf[:n], kind)
		if err != nil {
			return nil, err
		}
		answers = append(answers, batch...)
		if done || flags&unix.NLM_F_DUMP == 0 {
			return answers, nil
		}
	}
}

// netlinkMessage puts a struct nlmsghdr before body.
func netlinkMessage(kind, flags uint16, body []byte) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(b, uint32(cap(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint16(b[6:], flags)
	return append(b, body...)
}

// parseAnswers splits one datagram into the bodies of its messages of type
// kind; done is true at the end of a dump.
func parseAnswers(b []byte, kind uint16) (bodies [][]byte, done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(b))
		if length < unix.NLMSG_HDRLEN || length > len(b) {
			return nil, false, unix.EBADMSG
		}
		body := b[unix.NLMSG_HDRLEN:length]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return bodies, true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return nil, false, unix.EBADMSG
			}
			return nil, false, unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
		case kind:
			bodies = append(bodies, body)
		}
		b = b[min(len(b), (length+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1)):]
	}
	return bodies, false, nil
}
