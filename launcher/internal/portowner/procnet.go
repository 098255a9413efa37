package portowner

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// clockTick is the unit of times in /proc: USER_HZ is 100
// on every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// parseProcNet reads the text of /proc/net/tcp or /proc/net/tcp6 and returns
// the sockets in one of the states whose local port is port; 0 takes all.
//
// An address is printed as 32-bit words that were read in host byte order, so
// 127.0.0.1 is 0100007F on a little-endian machine and 7F000001 on a
// big-endian one; order says which. These files lack
// bound sockets that do not listen.
func parseProcNet(text []byte, order binary.ByteOrder, states uint32, port int) ([]Socket, error) {
	var sockets []Socket
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if number == 1 {
			continue // the headings
		}
		socket, ok := parseProcNetLine(line, order)
		if !ok {
			return nil, fmt.Errorf("line %d: not a socket", number)
		}
		if states&(1<<socket.State) != 0 && (port == 0 || int(socket.Local.Port()) == port) {
			sockets = append(sockets, socket)
		}
	}
	return sockets, nil
}

func parseProcNetLine(line []byte, order binary.ByteOrder) (Socket, bool) {
	const local, remote, state, timer, uid, inode = 1, 2, 3, 5, 7, 9
	fields := bytes.Fields(line)
	if len(fields) <= inode {
		return Socket{}, false
	}
	var s Socket
	var okLocal, okRemote bool
	s.Local, okLocal = parseProcNetAddr(fields[local], order)
	s.Remote, okRemote = parseProcNetAddr(fields[remote], order)
	number, errState := strconv.ParseUint(string(fields[state]), 16, 8)
	user, errUID := strconv.ParseUint(string(fields[uid]), 10, 32)
	node, errInode := strconv.ParseUint(string(fields[inode]), 10, 64)
	if !okLocal || !okRemote || errState != nil || errUID != nil || errInode != nil || number > uint64(BoundInactive) {
		return Socket{}, false
	}
	s.Remote = peer(s.Remote)
	s.State, s.UID, s.Inode = State(number), int(user), node
	if s.Inode == 0 && s.UID == 0 {
		s.UID = unknownUser
	}
	if kind, ticks, found := bytes.Cut(fields[timer], []byte(":")); found && string(kind) == "03" {
		left, err := strconv.ParseUint(string(ticks), 16, 32)
		if err != nil {
			return Socket{}, false
		}
		s.Expires = time.Duration(left) * clockTick
	}
	return s, true
}

// parseProcNetAddr reads an address and port such as 0100007F:1F90.
func parseProcNetAddr(text []byte, order binary.ByteOrder) (netip.AddrPort, bool) {
	words, digits, found := bytes.Cut(text, []byte(":"))
	if !found || len(words) != 8 && len(words) != 32 {
		return netip.AddrPort{}, false
	}
	port, err := strconv.ParseUint(string(digits), 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	var raw [16]byte
	n, err := hex.Decode(raw[:], words)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for word := raw[:n]; len(word) > 0; word = word[4:] {
		order.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	addr, _ := netip.AddrFromSlice(raw[:n])
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}
