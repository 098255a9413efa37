package diag

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func commands(p Problem) string {
	var list []string
	for _, r := range p.Remedies {
		list = append(list, r.Command)
	}
	return strings.Join(list, " | ")
}

func texts(p Problem, label string) string {
	var list []string
	for _, f := range p.Facts {
		if f.Label == label {
			list = append(list, f.Text)
		}
	}
	return strings.Join(list, " | ")
}

func TestPortInUse(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	loopback := netip.MustParseAddr("127.0.0.1")
	mine := Holder{PID: 7, Name: "node", Argv: []string{"node", "--token", "x1"}, Started: now.Add(-time.Minute), Mine: true}
	tests := []struct {
		name                    string
		facts                   PortInUseFacts
		summary, held, remedies string
	}{
		{"listener of ours", PortInUseFacts{Port: 3000, Holders: []Holder{mine, mine}},
			"port 3000 on 127.0.0.1 is in use", "node (pid 7), started 1m ago by you: node --token ***",
			"devrun --port auto -- serve | kill 7 | devrun why 3000"},
		{"listener of another user", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "nginx", User: "www", UID: 33}}},
			"port 3000 on 127.0.0.1 is in use", "nginx (pid 7), run by www",
			"devrun --port auto -- serve | devrun why 3000"},
		{"service of a live devrun", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "node", Mine: true, Run: &Run{"shop", "api", "http://127.0.0.1:3000", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "node (pid 7), run by you",
			"devrun stop shop/api | devrun --port auto -- serve | devrun why 3000"},
		{"reservation of a live devrun", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 6, Name: "devrun", Mine: true, State: StateBound, Argv: []string{"devrun"}, Run: &Run{"", "api", "", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "devrun (pid 6), which keeps it for api, run by you, which has it without listening",
			"devrun stop api | devrun --port auto -- serve | devrun why 3000"},
		{"devrun of another user", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 6, Name: "devrun", User: "bo", UID: 5, Run: &Run{"shop", "api", "", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "devrun (pid 6), which keeps it for shop/api, run by bo",
			"devrun --port auto -- serve | devrun why 3000"},
		{"outgoing connection", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "firefox", Mine: true, State: StateEstablished, Peer: netip.MustParseAddrPort("192.0.2.1:443")}}},
			"port 3000 on 127.0.0.1 is in use", "firefox (pid 7), run by you, as its own end of a connection to 192.0.2.1:443",
			"devrun --port auto -- serve | kill 7 | devrun why 3000"},
		{"TIME_WAIT", PortInUseFacts{Port: 3000, Holders: []Holder{{State: StateTimeWait, TimeWaitLeft: 42 * time.Second}}},
			"port 3000 on 127.0.0.1 is not free yet", "nobody: connections of an earlier server are still in TIME_WAIT for another 42s",
			"devrun --port auto -- serve | devrun why 3000"},
		{"hidden owner", PortInUseFacts{Port: 3000, Elevate: "sudo", Holders: []Holder{{Hidden: true, User: "bo", UID: 1001}}},
			"port 3000 on 127.0.0.1 is in use", "a process of bo (uid 1001) that may not be looked at",
			"devrun --port auto -- serve | sudo devrun why 3000 | devrun why 3000"},
		{"hidden owner without a name", PortInUseFacts{Port: 3000, Holders: []Holder{{Hidden: true, UID: 0}}},
			"port 3000 on 127.0.0.1 is in use", "a process of uid 0 that may not be looked at",
			"devrun --port auto -- serve | devrun why 3000"},
		{"nobody to be seen", PortInUseFacts{Port: 3000, Elevate: "sudo"},
			"port 3000 on 127.0.0.1 is in use", "unknown: no socket that can be seen here has it",
			"devrun --port auto -- serve | sudo devrun why 3000 | devrun why 3000"},
		{"container", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "docker-proxy", Mine: true, Container: "shop-db-1"}}},
			"port 3000 on 127.0.0.1 is in use", "docker-proxy (pid 9), for container shop-db-1, run by you",
			"devrun --port auto -- serve | devrun why 3000"},
		{"orphan", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Mine: true, Orphan: true}}},
			"port 3000 on 127.0.0.1 is in use", "process 9, run by you, left behind by a devrun that was killed",
			"devrun --port auto -- serve | kill 9 | devrun why 3000"},
		{"nothing known of it", PortInUseFacts{Port: 3000, Holders: []Holder{{}}},
			"port 3000 on 127.0.0.1 is in use", "an unknown process", "devrun --port auto -- serve | devrun why 3000"},
		{"privileged", PortInUseFacts{Port: 80, Cause: PortPrivileged, Allow: "sudo sysctl net.ipv4.ip_unprivileged_port_start=80"},
			"port 80 on 127.0.0.1 needs a privilege", "",
			"devrun --port auto -- serve | sudo sysctl net.ipv4.ip_unprivileged_port_start=80"},
		{"excluded", PortInUseFacts{Port: 50100, Cause: PortExcluded, Range: "50060-50159"},
			"port 50100 on 127.0.0.1 is reserved by the system", "",
			"devrun --port auto -- serve | netsh interface ipv4 show excludedportrange protocol=tcp"},
		{"full range", PortInUseFacts{Cause: PortRangeFull, Range: "61000-61001"},
			"no port is free in 61000-61001", "", "devrun --port-range 49152-65535 -- serve | devrun ps"},
	}
	for _, test := range tests {
		f := test.facts
		f.Addr, f.Now, f.Command = loopback, now, []string{"serve"}
		p := PortInUse(f)
		if p.Summary != test.summary {
			t.Errorf("%s: got summary %q; want %q", test.name, p.Summary, test.summary)
		}
		if got := texts(p, "held by"); got != test.held {
			t.Errorf("%s: got held by %q; want %q", test.name, got, test.held)
		}
		if got := commands(p); got != test.remedies {
			t.Errorf("%s: got remedies %q; want %q", test.name, got, test.remedies)
		}
		data, err := json.Marshal(p)
		if err != nil || strings.Contains(string(data), "x1") {
			t.Errorf("%s: got %s, %v; want JSON without the secret", test.name, data, err)
		}
	}
}

// TestNothingDestructiveForOthers holds the rule for every kind of holder: ending
// a process is offered for the same user's alone, and never first.
func TestNothingDestructiveForOthers(t *testing.T) {
	for _, state := range []State{"", StateListen, StateBound, StateEstablished, StateTimeWait} {
		for _, mine := range []bool{true, false} {
			for _, hidden := range []bool{true, false} {
				for _, pid := range []int{0, 1, 7} {
					holders := []Holder{{PID: pid, Name: "x", State: state, Mine: mine, Hidden: hidden}}
					for _, p := range []Problem{
						PortInUse(PortInUseFacts{Port: 1, Holders: holders}),
						PortForeign(PortForeignFacts{Port: 1, Holders: holders}),
						UncleanStop(UncleanStopFacts{Port: 1, Bound: true, Holders: holders, Survivors: []Survivor{{PID: pid, Mine: mine}}}),
					} {
						for i, r := range p.Remedies {
							if strings.Contains(r.Command, "kill") && (i == 0 || !mine || pid < 2) {
								t.Errorf("%s, %+v: %q is remedy %d", p.Code, holders[0], r.Command, i)
							}
						}
						if len(p.Remedies) == 0 {
							t.Errorf("%s, %+v: no remedy", p.Code, holders[0])
						}
					}
				}
			}
		}
	}
}

func TestPortForeign(t *testing.T) {
	p := PortForeign(PortForeignFacts{Service: "api", Port: 3000, Addr: netip.MustParseAddr("::1"), Elevate: "sudo"})
	if want := "not api, another process answers on [::1]:3000"; p.Summary != want {
		t.Errorf("got %q; want %q", p.Summary, want)
	}
	if got, want := texts(p, "answers"), "unknown: the listening process cannot be seen from here"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := texts(p, "api"), "has ended"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := commands(p), "devrun --port auto api | sudo devrun why 3000 | devrun why 3000"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}
