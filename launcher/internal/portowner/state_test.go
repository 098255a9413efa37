package portowner

import "testing"

func TestStateNames(t *testing.T) {
	for state, want := range map[State]string{
		0: "unknown", Established: "established", SynSent: "syn-sent", SynRecv: "syn-recv", FinWait1: "fin-wait-1",
		FinWait2: "fin-wait-2", TimeWait: "time-wait", Closed: "closed", CloseWait: "close-wait", LastAck: "last-ack",
		Listen: "listen", Closing: "closing", NewSynRecv: "syn-recv", BoundInactive: "bound", 14: "unknown",
	} {
		if got := state.String(); got != want {
			t.Errorf("State(%d) = %q; want %q", state, got, want)
		}
	}
}

func TestParseState(t *testing.T) {
	for name, want := range map[string]State{
		"LISTEN": Listen, "ESTABLISHED": Established, "SYN_SENT": SynSent, "SYN_RCVD": SynRecv, "SYN_RECEIVED": SynRecv,
		"SYN_RCDV": SynRecv, "FIN_WAIT_1": FinWait1, "FIN_WAIT1": FinWait1, "FIN_WAIT_2": FinWait2, "TIME_WAIT": TimeWait,
		"CLOSE_WAIT": CloseWait, "LAST_ACK": LastAck, "CLOSING": Closing, "CLOSED": BoundInactive, "Bound": BoundInactive,
		"": 0, "DELETE": 0,
	} {
		if got := parseState(name); got != want {
			t.Errorf("parseState(%q) = %v; want %v", name, got, want)
		}
	}
}
