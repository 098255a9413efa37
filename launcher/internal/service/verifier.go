package service

import (
	"net/netip"
	"slices"
	"sync"

	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
)

// verifier tells whose socket listens on the service's port. It looks at the
// kernel's socket table only, so it disturbs nobody.
type verifier struct {
	addr netip.AddrPort
	proc *process.Process

	mu     sync.Mutex     // the probe and Run both look
	at     netip.AddrPort // where the service is to listen: addr, or what was adopted
	table  *portowner.Table
	seen   sighting
	sawOwn bool // some look saw a listener of the tree's own
}

// sighting is what the last look saw on the port.
type sighting struct {
	own     []portowner.Socket // listeners of the service's own tree
	foreign []portowner.Socket // listeners of others that would answer there
	pid     int                // the process of the tree that listens; 0 while none does
}

// adopt makes addr the place where the service is to listen.
func (v *verifier) adopt(addr netip.AddrPort) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.at = addr
}

// look returns the verdict on who listens where the service is to listen.
func (v *verifier) look() (ready.Verdict, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	listening, err := v.table.Listeners(int(v.at.Port()))
	if err != nil {
		return ready.Unknown, err
	}
	if len(listening) == 0 {
		v.seen = sighting{}
		return ready.Absent, nil
	}
	owners, err := v.ownersInTree(listening)
	if err != nil {
		return ready.Unknown, err
	}
	var seen sighting
	verdict := ready.Absent
	for _, socket := range listening {
		pid, own := owners[socket.Inode]
		answers := socket.Serves(v.at.Addr())
		switch {
		case own:
			seen.own = append(seen.own, socket)
			seen.pid = pid
			v.sawOwn = true
			if answers {
				verdict = ready.Own
			}
		case answers:
			seen.foreign = append(seen.foreign, socket)
			if verdict == ready.Absent {
				verdict = ready.Foreign
			}
		}
	}
	v.seen = seen
	return verdict, nil
}

// ownersInTree returns which sockets the service's tree has open: at least
// those of listening, all of them where that is empty. The command and its
// descendants come first: most often one of them is the listener.
func (v *verifier) ownersInTree(listening []portowner.Socket) (map[uint64]int, error) {
	if len(listening) > 0 {
		owners := portowner.OpenBelow(v.proc.PID(), listening)
		if !slices.ContainsFunc(listening, func(s portowner.Socket) bool { return owners[s.Inode] == 0 }) {
			return owners, nil
		}
	}
	members, err := v.proc.Members()
	if err != nil {
		return nil, err
	}
	pids := make([]int, len(members))
	for i, member := range members {
		pids[i] = member.PID
	}
	return portowner.OpenBy(pids)
}

// last returns what the last look saw.
func (v *verifier) last() sighting {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen
}

// stillListening returns those of the sockets that are listening now.
func (v *verifier) stillListening(sockets []portowner.Socket) []portowner.Socket {
	v.mu.Lock()
	defer v.mu.Unlock()
	now, err := v.table.Listeners(int(v.at.Port()))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(now, func(s portowner.Socket) bool { return !portowner.HasInode(sockets, s.Inode) })
}

// elsewhere returns what the tree listens on apart from its port.
func (v *verifier) elsewhere() ([]portowner.Socket, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all, err := v.table.Listening()
	if err != nil {
		return nil, err
	}
	owners, err := v.ownersInTree(nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s portowner.Socket) bool { return owners[s.Inode] == 0 || s.Local.Port() == v.addr.Port() }), nil
}

// everOwn reports whether any look saw a listener of the service's own.
func (v *verifier) everOwn() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sawOwn
}
