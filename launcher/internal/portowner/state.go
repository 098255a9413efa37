package portowner

import (
	"slices"
	"strings"
)

// State is the state of a TCP socket, numbered as in the kernel's
// include/net/tcp_states.h. The zero State is an unknown one.
type State uint8

const (
	Established   State = 1
	SynSent       State = 2
	SynRecv       State = 3
	FinWait1      State = 4
	FinWait2      State = 5
	TimeWait      State = 6
	Closed        State = 7
	CloseWait     State = 8
	LastAck       State = 9
	Listen        State = 10
	Closing       State = 11
	NewSynRecv    State = 12
	BoundInactive State = 13 // bound, neither listening nor connected; Linux 6.8 and later report it
)

// stateNames are the names of the states in ss(8), and "bound" for BoundInactive.
var stateNames = [...]string{
	"unknown", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait",
	"closed", "close-wait", "last-ack", "listen", "closing", "syn-recv", "bound",
}

// String returns the name of the state in ss(8), and "bound" for BoundInactive.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return stateNames[0]
}

// rank orders states by how well they explain that a port is taken.
func (s State) rank() int {
	switch s {
	case Listen:
		return 0
	case BoundInactive:
		return 1
	case Established:
		return 2
	case TimeWait:
		return 4
	}
	return 3
}

// parseState reads the names of the states in lsof and in the Windows headers. A
// closed socket in a list of sockets with a port is a bound one.
func parseState(name string) State {
	bare := strings.NewReplacer("_", "", "-", "").Replace
	switch name = strings.ToLower(bare(name)); name {
	case "synrcvd", "synrcdv", "synreceived": // lsof has "SYN_RCDV" in some releases
		return SynRecv
	case "closed":
		return BoundInactive
	}
	return State(max(0, slices.IndexFunc(stateNames[:], func(known string) bool { return bare(known) == name })))
}
