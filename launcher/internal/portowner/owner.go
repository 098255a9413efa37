package portowner

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
)

// Owner is one process that has one socket open, or a socket without a visible
// process.
type Owner struct {
	Socket  Socket
	Process *Process // nil: hidden or none; owners with one process share it
	// Hidden means that a process, or the kernel itself, has the socket and the
	// caller may not see which. Socket.UID still identifies the user.
	Hidden bool
}

// Lookup returns who has a port now: each TCP socket whose local port it is, with
// each process that has it open. Listeners come first, then sockets that are only
// bound, then connections, then those in TIME_WAIT; within these the order is by
// address, socket and process. An empty result means a free port.
func Lookup(port int) ([]Owner, error) {
	return lookup(func(t *Table) ([]Socket, error) { return t.Port(port) })
}

// LookupRange is Lookup for all ports from first to last at once, which costs
// little more than for one. The order is that of Lookup within each port, and
// the ports ascend.
func LookupRange(first, last int) ([]Owner, error) {
	owners, err := lookup(func(t *Table) ([]Socket, error) { return t.Between(first, last) })
	slices.SortStableFunc(owners, func(a, b Owner) int { return cmp.Compare(a.Socket.Local.Port(), b.Socket.Local.Port()) })
	return owners, err
}

func lookup(query func(*Table) ([]Socket, error)) ([]Owner, error) {
	table, err := Open()
	if err != nil {
		return nil, err
	}
	defer table.Close()
	sockets, err := query(table)
	if err != nil {
		return nil, err
	}
	holders, err := Holders(sockets, nil)
	if err != nil {
		return nil, err
	}
	var owners []Owner
	known := make(map[int]*Process)
	isHidden := false
	for _, socket := range sockets {
		before := len(owners)
		for _, pid := range holders[socket.Inode] {
			if p := describeOnce(known, pid); p != nil {
				owners = append(owners, Owner{Socket: socket, Process: p})
			}
		}
		if len(owners) == before {
			hidden := socket.Inode != 0
			owners = append(owners, Owner{Socket: socket, Hidden: hidden})
			isHidden = isHidden || hidden
		}
	}
	if isHidden {
		// It may have been closed since, rather than be hidden.
		now, err := query(table)
		if err != nil {
			return nil, err
		}
		owners = slices.DeleteFunc(owners, func(o Owner) bool { return o.Hidden && !HasInode(now, o.Socket.Inode) })
	}
	return sortOwners(owners), nil
}

// describeOnce describes each process once. It returns nil for one that has ended
// since, and only the PID of one that cannot be described.
func describeOnce(known map[int]*Process, pid int) *Process {
	if p, ok := known[pid]; ok {
		return p
	}
	p, err := Describe(pid)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		known[pid] = nil
	case err != nil:
		known[pid] = &Process{PID: pid, UID: unknownUser}
	default:
		known[pid] = &p
	}
	return known[pid]
}

// sortOwners puts owners in the order that Lookup promises. A socket that the
// kernel has listed twice, because its table moved between two parts of the
// answer, is kept once.
func sortOwners(owners []Owner) []Owner {
	slices.SortStableFunc(owners, compareOwners)
	return slices.CompactFunc(owners, func(a, b Owner) bool { return compareOwners(a, b) == 0 })
}

func compareOwners(a, b Owner) int {
	return cmp.Or(
		cmp.Compare(a.Socket.State.rank(), b.Socket.State.rank()),
		cmp.Compare(a.Socket.State, b.Socket.State),
		a.Socket.Local.Compare(b.Socket.Local),
		a.Socket.Remote.Compare(b.Socket.Remote),
		cmp.Compare(a.Socket.Inode, b.Socket.Inode),
		cmp.Compare(a.pid(), b.pid()),
	)
}

// pid is 0 where no process is visible.
func (o Owner) pid() int {
	if o.Process == nil {
		return 0
	}
	return o.Process.PID
}
