package service

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
)

// verifier tells whose socket listens on the service's port. It looks at the
// kernel's socket table only, so it disturbs nobody.
type verifier struct {
	asked  netip.AddrPort // where the service was asked to listen
	strict bool           // it must listen there, not on the other family of localhost
	engine bool           // an engine of containers listens for it, whose processes are not the tree's
	proc   *process.Process

	mu        sync.Mutex     // the probe and Run both look
	adopted   netip.AddrPort // where it listens instead, to which a relay on asked leads; invalid: nowhere
	table     *portowner.Table
	seen      sighting
	sawOwn    bool      // some look saw a listener of the tree's own
	ownPID    int       // its process, of the last of them; 0: none, or an engine's
	siblingAt time.Time // of the first look in a row that saw it on the other family alone; zero: not the last one
}

// siblingGrace is how long a service that listens on the other family of localhost
// may take to listen on the one that it was asked for as well.
const siblingGrace = 30 * time.Millisecond

// sighting is what the last look saw on the port.
type sighting struct {
	own     []portowner.Socket // listeners of the service's own tree
	foreign []portowner.Socket // listeners of others that would answer there
	pid     int                // the process of the tree that listens; 0 while none does
	at      netip.AddrPort     // where connections reach one of own; invalid: nowhere
}

// adopt makes addr the place where the service is to listen.
func (v *verifier) adopt(addr netip.AddrPort) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.adopted = addr
}

// wanted is where the service is to listen. The caller has mu.
func (v *verifier) wanted() netip.AddrPort {
	if v.adopted.IsValid() {
		return v.adopted
	}
	return v.asked
}

// reached returns where connections reach the service as far as is known: where it
// was asked to listen, or the same port on the other family of localhost.
func (v *verifier) reached() netip.AddrPort {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.adopted.IsValid() || !v.seen.at.IsValid() {
		return v.asked
	}
	return v.seen.at
}

// look returns the verdict on who listens where the service is to listen. devrun
// holds both families of localhost, so either will do.
func (v *verifier) look() (ready.Verdict, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	wanted := v.wanted()
	listening, err := v.table.Listeners(int(wanted.Port()))
	if err != nil {
		return ready.Unknown, err
	}
	if len(listening) == 0 {
		v.seen, v.siblingAt = sighting{}, time.Time{}
		return ready.Absent, nil
	}
	owners, err := v.ownersInTree(listening)
	if err != nil {
		return ready.Unknown, err
	}
	if v.engine {
		for _, socket := range listening { // it was free when the command was started
			if _, own := owners[socket.Inode]; !own {
				owners[socket.Inode] = 0
			}
		}
	}
	v.seen = sight(listening, owners, wanted)
	if len(v.seen.own) > 0 {
		v.sawOwn, v.ownPID = true, v.seen.pid
	}
	return v.judge(wanted), nil
}

// sight sorts the listeners of the port that is wanted, of which those in owners
// are the tree's own.
func sight(listening []portowner.Socket, owners map[uint64]int, wanted netip.AddrPort) sighting {
	var seen sighting
	other := address.OtherFamily(wanted.Addr())
	for _, socket := range listening {
		pid, own := owners[socket.Inode]
		answers := socket.Serves(wanted.Addr())
		switch {
		case own:
			seen.own = append(seen.own, socket)
			seen.pid = pid
			if answers {
				seen.at = wanted
			} else if !seen.at.IsValid() && other.IsValid() && socket.Serves(other) {
				seen.at = netip.AddrPortFrom(other, wanted.Port())
			}
		case answers:
			seen.foreign = append(seen.foreign, socket)
		}
	}
	if seen.at != wanted && len(seen.foreign) > 0 {
		seen.at = netip.AddrPort{} // part of localhost is another's
	}
	return seen
}

// judge returns the verdict on what was seen. The caller has mu.
func (v *verifier) judge(wanted netip.AddrPort) ready.Verdict {
	if v.strict && v.seen.at != wanted {
		v.seen.at = netip.AddrPort{}
	}
	since := v.siblingAt
	v.siblingAt = time.Time{}
	switch {
	case v.seen.at == wanted:
		return ready.Own
	case len(v.seen.foreign) > 0:
		return ready.Foreign
	case !v.seen.at.IsValid():
		return ready.Absent
	}
	if v.siblingAt = since; since.IsZero() {
		v.siblingAt = time.Now()
	}
	if time.Since(v.siblingAt) < siblingGrace {
		return ready.Absent
	}
	return ready.Own
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
	now, err := v.table.Listeners(int(v.wanted().Port()))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(now, func(s portowner.Socket) bool { return !portowner.HasInode(sockets, s.Inode) })
}

// elsewhere returns what the tree listens on apart from its port, and by inode which
// process has it open.
func (v *verifier) elsewhere() (listening []portowner.Socket, owners map[uint64]int, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all, err := v.table.Listening()
	if err != nil {
		return nil, nil, err
	}
	if owners, err = v.ownersInTree(nil); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(all, func(s portowner.Socket) bool { return owners[s.Inode] == 0 || s.Local.Port() == v.asked.Port() }), owners, nil
}

// unixSockets returns the paths of the unix sockets that the tree listens on.
func (v *verifier) unixSockets() []string {
	owners, err := v.ownersInTree(nil)
	if err != nil {
		return nil
	}
	return portowner.UnixPaths(owners)
}

// everOwn reports whether any look saw a listener of the service's own.
func (v *verifier) everOwn() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sawOwn
}

// lastOwn returns the process of the tree that some look saw listening last, 0 for none.
func (v *verifier) lastOwn() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ownPID
}
