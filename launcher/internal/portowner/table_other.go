//go:build !linux

package portowner

import (
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"syscall"

	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// Table lists TCP sockets by process. It is safe for concurrent use.
//
// On macOS it sees the sockets of the caller's own processes only, unless the
// caller is root. Expires and V6Only are unknown everywhere, and UID on
// Windows.
type Table struct{}

// Open returns a Table.
func Open() (*Table, error) { return &Table{}, nil }

// Close does nothing here.
func (t *Table) Close() error { return nil }

// query returns the sockets in one of the states whose local port is port; 0 takes
// all.
func (t *Table) query(states uint32, port int) ([]Socket, error) {
	return list(func(s Socket) bool { return states&(1<<s.State) != 0 && (port == 0 || int(s.Local.Port()) == port) })
}

// Holders returns for each socket's inode the process that is known to have it.
// It ignores first: the sockets name their processes.
func Holders(sockets []Socket, first []int) (map[uint64][]int, error) {
	found := make(map[uint64][]int, len(sockets))
	for _, s := range sockets {
		if s.PID != 0 && !slices.Contains(found[s.Inode], s.PID) {
			found[s.Inode] = append(found[s.Inode], s.PID)
		}
	}
	return found, nil
}

// OpenBy returns the inodes of all TCP sockets that the processes have open.
func OpenBy(pids []int) (map[uint64]int, error) {
	sockets, err := list(func(s Socket) bool { return s.PID != 0 && slices.Contains(pids, s.PID) })
	if err != nil {
		return nil, fmt.Errorf("read open files of processes: %w", err)
	}
	open := make(map[uint64]int, len(sockets))
	for _, s := range sockets {
		open[s.Inode] = s.PID
	}
	return open, nil
}

// list returns the sockets that keep accepts.
func list(keep func(Socket) bool) ([]Socket, error) {
	connections, err := net.Connections("tcp")
	if err != nil {
		return nil, err
	}
	var sockets []Socket
	for _, c := range connections {
		s := Socket{
			Local:  addrPort(c.Family, c.Laddr),
			Remote: peer(addrPort(c.Family, c.Raddr)),
			State:  parseState(c.Status),
			UID:    unknownUser,
			PID:    int(c.Pid),
		}
		if s.Local.Port() == 0 || !keep(s) {
			continue
		}
		if s.PID != 0 {
			s.Inode = identity(s)
			s.UID = uidOf(s.PID)
		}
		sockets = append(sockets, s)
	}
	return sockets, nil
}

// addrPort reads an address; lsof and gopsutil write a wildcard as "*".
func addrPort(family uint32, addr net.Addr) netip.AddrPort {
	if addr.Port > 65535 {
		return netip.AddrPort{}
	}
	ip, err := netip.ParseAddr(addr.IP)
	switch {
	case err == nil:
		ip = ip.Unmap()
	case family == syscall.AF_INET:
		ip = netip.IPv4Unspecified()
	default:
		ip = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(ip, uint16(addr.Port))
}

var seed = maphash.MakeSeed()

// identity makes an inode number from the fields that identify a socket here.
func identity(s Socket) uint64 {
	return 1 | maphash.Comparable(seed, Socket{PID: s.PID, Local: s.Local, Remote: s.Remote})
}

func uidOf(pid int) int {
	p := process.Process{Pid: int32(pid)}
	uids, err := p.Uids()
	if err != nil || len(uids) == 0 {
		return unknownUser
	}
	return int(uids[min(1, len(uids)-1)]) // real, effective; macOS reports only the effective one
}

// OpenBelow returns which sockets the process root has open; those of its
// descendants are absent here.
func OpenBelow(root int, sockets []Socket) map[uint64]int {
	found := make(map[uint64]int, len(sockets))
	for _, s := range sockets {
		if s.PID == root {
			found[s.Inode] = root
		}
	}
	return found
}

// ReusesAddress cannot be determined on this system: its error wraps
// errors.ErrUnsupported.
func ReusesAddress(pid int, _ uint64) (bool, error) {
	return false, fmt.Errorf("read SO_REUSEADDR of process %d: %w", pid, errors.ErrUnsupported)
}
