package portowner

import "strings"

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

// String returns the name of the state in ss(8), and "bound" for BoundInactive.
func (s State) String() string {
	switch s {
	case Established:
		return "established"
	case SynSent:
		return "syn-sent"
	case SynRecv, NewSynRecv:
		return "syn-recv"
	case FinWait1:
		return "fin-wait-1"
	case FinWait2:
		return "fin-wait-2"
	case TimeWait:
		return "time-wait"
	case Closed:
		return "closed"
	case CloseWait:
		return "close-wait"
	case LastAck:
		return "last-ack"
	case Listen:
		return "listen"
	case Closing:
		return "closing"
	case BoundInactive:
		return "bound"
	}
	return "unknown"
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
	switch strings.ReplaceAll(strings.ToUpper(name), "_", "") {
	case "ESTABLISHED":
		return Established
	case "SYNSENT":
		return SynSent
	case "SYNRECV", "SYNRCVD", "SYNRCDV", "SYNRECEIVED": // lsof has "SYN_RCDV" in some releases
		return SynRecv
	case "FINWAIT1":
		return FinWait1
	case "FINWAIT2":
		return FinWait2
	case "TIMEWAIT":
		return TimeWait
	case "CLOSED", "BOUND":
		return BoundInactive
	case "CLOSEWAIT":
		return CloseWait
	case "LASTACK":
		return LastAck
	case "LISTEN":
		return Listen
	case "CLOSING":
		return Closing
	}
	return 0
}
