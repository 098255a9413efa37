package diag

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"devrun/launcher/internal/text"
)

func commands(p Problem) string {
	var list []string
	for _, r := range p.Remedies {
		list = append(list, r.String())
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
			"devrun --port auto -- serve | devrun free 3000 | devrun why 3000"},
		{"listener of another user", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "nginx", User: "www", UID: 33}}},
			"port 3000 on 127.0.0.1 is in use", "nginx (pid 7), run by www",
			"devrun --port auto -- serve | devrun why 3000"},
		{"service of a live devrun", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "node", Mine: true, Run: &Run{"shop", "api", "http://127.0.0.1:3000", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "node (pid 7), run by you",
			"devrun stop shop/api | devrun --port auto -- serve | devrun why 3000"},
		{"reservation of a live devrun", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 6, Name: "devrun", Mine: true, State: StateBound, Argv: []string{"devrun"}, Run: &Run{"", "api", "", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "devrun (pid 6), which holds it for api, run by you",
			"devrun stop api | devrun --port auto -- serve | devrun why 3000"},
		{"devrun of another user", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 6, Name: "devrun", User: "bo", UID: 5, Run: &Run{"shop", "api", "", 6}}}},
			"port 3000 on 127.0.0.1 is in use", "devrun (pid 6), which holds it for shop/api, run by bo",
			"devrun --port auto -- serve | devrun why 3000"},
		{"outgoing connection", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 7, Name: "firefox", Mine: true, State: StateEstablished, Peer: netip.MustParseAddrPort("192.0.2.1:443")}}},
			"port 3000 on 127.0.0.1 is in use", "firefox (pid 7), run by you, as the local end of a connection to 192.0.2.1:443",
			"devrun --port auto -- serve | devrun why 3000"},
		{"TIME_WAIT", PortInUseFacts{Port: 3000, Holders: []Holder{{State: StateTimeWait, TimeWaitLeft: 42 * time.Second}}},
			"port 3000 on 127.0.0.1 is not free yet", "no process: connections of an earlier server are still in TIME_WAIT for another 42s",
			"devrun --port auto -- serve | devrun why 3000"},
		{"hidden owner", PortInUseFacts{Port: 3000, Elevate: "sudo", Holders: []Holder{{Hidden: true, User: "bo", UID: 1001}}},
			"port 3000 on 127.0.0.1 is in use", "a process of bo (uid 1001) that devrun may not inspect",
			"devrun --port auto -- serve | sudo devrun why 3000 | devrun why 3000"},
		{"hidden owner without a name", PortInUseFacts{Port: 3000, Holders: []Holder{{Hidden: true, UID: 0}}},
			"port 3000 on 127.0.0.1 is in use", "a process of uid 0 that devrun may not inspect",
			"devrun --port auto -- serve | devrun why 3000"},
		{"nobody to be seen", PortInUseFacts{Port: 3000, Elevate: "sudo"},
			"port 3000 on 127.0.0.1 is in use", "unknown: no visible socket has it",
			"devrun --port auto -- serve | sudo devrun why 3000 | devrun why 3000"},
		{"container", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "docker-proxy", Mine: true, Container: &Container{Name: "db"}}}},
			"port 3000 on 127.0.0.1 is in use", "docker-proxy (pid 9), for container db, run by you",
			"devrun --port auto -- serve | docker stop db | devrun why 3000"},
		{"container of Compose", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "docker-proxy", Mine: true, Container: &Container{Name: "shop-db-1", Project: "shop", Service: "db"}}}},
			"port 3000 on 127.0.0.1 is in use", "docker-proxy (pid 9), for container shop-db-1, run by you",
			"devrun --port auto -- serve | docker compose -p shop stop db | devrun why 3000"},
		{"container without a name", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "docker-proxy", Mine: true, Container: &Container{Target: "172.17.0.2:80"}}}},
			"port 3000 on 127.0.0.1 is in use", "docker-proxy (pid 9), run by you",
			"devrun --port auto -- serve | devrun why 3000"},
		{"forks of one server", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "nginx", Mine: true, Shares: 4}}},
			"port 3000 on 127.0.0.1 is in use", "nginx (pid 9) with 4 children, run by you",
			"devrun --port auto -- serve | devrun free 3000 | devrun why 3000"},
		{"suspended", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "node", Mine: true, Suspended: true}}},
			"port 3000 on 127.0.0.1 is in use", "node (pid 9), run by you, suspended (Ctrl-Z)",
			"fg | devrun --port auto -- serve | devrun free 3000"},
		{"orphan", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Mine: true, Orphan: true}}},
			"port 3000 on 127.0.0.1 is in use", "process 9, run by you, left behind by a devrun that was killed",
			"devrun doctor --fix | devrun --port auto -- serve | devrun free 3000"},
		{"nothing known of it", PortInUseFacts{Port: 3000, Holders: []Holder{{}}},
			"port 3000 on 127.0.0.1 is in use", "an unknown process", "devrun --port auto -- serve | devrun why 3000"},
		{"privileged", PortInUseFacts{Port: 80, Cause: PortPrivileged, Allow: "sudo sysctl net.ipv4.ip_unprivileged_port_start=80"},
			"port 80 on 127.0.0.1 needs a privilege", "",
			"devrun --port auto -- serve | sudo sysctl net.ipv4.ip_unprivileged_port_start=80"},
		{"excluded", PortInUseFacts{Port: 50100, Cause: PortExcluded, Range: "50060-50159"},
			"port 50100 on 127.0.0.1 is reserved by the system", "",
			"devrun --port auto -- serve | netsh interface ipv4 show excludedportrange protocol=tcp"},
		{"forbidden", PortInUseFacts{Port: 3000, Cause: PortForbidden},
			"port 3000 on 127.0.0.1 is refused by the system", "", "devrun --port auto -- serve"},
		{"other family", PortInUseFacts{Port: 3000, Holders: []Holder{{PID: 9, Name: "node", Addr: netip.MustParseAddrPort("[::1]:3000")}}},
			"port 3000 is in use, but not on 127.0.0.1", "node (pid 9)", "devrun --port auto -- serve | devrun why 3000"},
		{"full range", PortInUseFacts{Cause: PortRangeFull, Range: "61000-61001"},
			"no port is free in 61000-61001", "", "devrun --port-range 49152-65535 -- serve | devrun ps"},
	}
	for _, test := range tests {
		f := test.facts
		f.Addr, f.Now, f.Command, f.WantedBy = loopback, now, []string{"serve"}, "api"
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

// A question has other remedies than a wish, and says all that is known.
func TestPortInUseAsked(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := netip.MustParseAddrPort
	origin := Origin{Kind: "terminal", Name: "tmux", Parents: []Parent{{12, "npm run dev"}, {3, "bash"}}}
	node := Holder{PID: 7, Name: "node", Argv: []string{"node", "server.js"}, Dir: "/home/ada/shop", Branch: "main", Started: now.Add(-time.Hour), Mine: true, Origin: origin}
	sockets := func(h Holder, state State, addrs ...string) []Holder {
		var list []Holder
		for _, addr := range addrs {
			h.Addr, h.State = at(addr), state
			list = append(list, h)
		}
		return list
	}
	served := node
	served.Run = &Run{"shop", "web", "http://127.0.0.1:3000", 6}
	orphan := served
	orphan.Orphan = true
	proxy := Holder{PID: 8, Name: "docker-proxy", User: "root", Origin: Origin{Kind: "unit", Name: "docker.service", Parents: []Parent{{80, "dockerd"}}}}
	shop := proxy
	shop.Container = &Container{Name: "shop-db-1", Image: "postgres:17", Project: "shop", Service: "db"}
	unnamed := proxy
	unnamed.Container = &Container{Target: "172.17.0.2:5432"}
	lost := Holder{PID: 9, Name: "python3", Mine: true, Origin: Origin{Kind: "nobody"}}
	inside := Holder{PID: 9, Name: "python3", User: "root", Origin: Origin{Kind: "container", Name: strings.Repeat("0123456789abcdef", 4)}}
	keeper := Holder{PID: 6, Name: "devrun", Mine: true, State: StateBound, Addr: at("127.0.0.1:3000"), Run: served.Run}
	stuck := Answer{Addr: at("127.0.0.1:3000"), Outcome: "timeout", Took: time.Second, Queued: 129, Backlog: 128}
	cases := []struct {
		name  string
		facts PortInUseFacts
	}{
		{"listener of a person", PortInUseFacts{Holders: sockets(node, "", "127.0.0.1:3000", "[::1]:3000"), Tried: []Answer{{Addr: at("127.0.0.1:3000"), Outcome: "connected"}}}},
		{"service of a devrun, with its connections", PortInUseFacts{Holders: append(append(sockets(served, "", "[::]:3000"), sockets(served, StateEstablished, "127.0.0.1:3000")...), keeper)}},
		{"devrun that keeps it while the service is down", PortInUseFacts{Holders: []Holder{keeper}}},
		{"orphan of a devrun", PortInUseFacts{Holders: sockets(orphan, "", "127.0.0.1:3000")}},
		{"container of Compose", PortInUseFacts{Holders: sockets(shop, "", "0.0.0.0:3000", "[::]:3000")}},
		{"container whose engine may not be asked", PortInUseFacts{Holders: sockets(unnamed, "", "0.0.0.0:3000")}},
		{"what had started it is gone", PortInUseFacts{Holders: sockets(lost, StateBound, "127.0.0.1:3000")}},
		{"within a container", PortInUseFacts{Holders: sockets(inside, "", "[::1]:3000"), Addr: at("127.0.0.1:3000").Addr()}},
		{"outgoing connection", PortInUseFacts{Holders: []Holder{{PID: 7, Name: "firefox", Mine: true, State: StateEstablished, Addr: at("127.0.0.1:3000"), Peer: at("127.0.0.1:5432"), Origin: Origin{Kind: "remote", Name: "ssh", Parents: []Parent{{3, "bash"}}}}}}},
		{"hidden", PortInUseFacts{Elevate: "sudo", Holders: []Holder{{Hidden: true, User: "postgres", UID: 26, Addr: at("127.0.0.1:3000")}}}},
		{"TIME_WAIT", PortInUseFacts{Holders: []Holder{{State: StateTimeWait, TimeWaitLeft: 42 * time.Second}, {State: StateTimeWait, TimeWaitLeft: 51 * time.Second}}}},
		{"nobody to be seen", PortInUseFacts{}},
		{"hung", PortInUseFacts{Holders: sockets(lost, "", "127.0.0.1:3000"), Tried: []Answer{stuck}}},
		{"a page with an error", PortInUseFacts{Holders: sockets(lost, "", "127.0.0.1:3000"), Tried: []Answer{{Addr: at("127.0.0.1:3000"), Path: "/x", Outcome: "503", Status: 503, Took: 3 * time.Millisecond}}}},
		{"privileged", PortInUseFacts{Port: 80, Cause: PortPrivileged, Below: 1024, Allow: "sudo sysctl net.ipv4.ip_unprivileged_port_start=80"}},
		{"forbidden", PortInUseFacts{Cause: PortForbidden}},
	}
	var all strings.Builder
	for _, c := range cases {
		f := c.facts
		f.Port, f.Now, f.Home = cmp.Or(f.Port, 3000), now, "/home/ada"
		p := PortInUse(f)
		page := render(t, p, Style{})
		all.WriteString("# " + c.name + "\n" + page + "\n")
		for line := range strings.Lines(page) {
			if text.Columns(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("%s: %q is wider than %d columns", c.name, line, width)
			}
		}
		if len(p.Remedies) == 0 || p.Status != statusPort {
			t.Errorf("%s: got %d remedies and status %d; want some, and %d", c.name, len(p.Remedies), p.Status, statusPort)
		}
	}
	golden(t, "asked", all.String())

	all.Reset()
	all.WriteString(render(t, PortFree(PortFreeFacts{Port: 3000}), Style{}) + "\n")
	all.WriteString(render(t, PortFree(PortFreeFacts{Port: 3000, Holders: cases[10].facts.Holders}), Style{}) + "\n")
	all.WriteString(render(t, PortsInUse(PortsInUseFacts{Range: "3000-3009", Count: 10}), Style{}) + "\n")
	all.WriteString(render(t, PortsInUse(PortsInUseFacts{Range: "3000-3009", Count: 10, Now: now, Home: "/home/ada", Elevate: "sudo", Ports: []PortHolders{
		{3000, cases[0].facts.Holders}, {3001, cases[9].facts.Holders},
	}}), Style{}) + "\n")
	var many []PortHolders
	for port := range maxPortsShown + 5 {
		many = append(many, PortHolders{4000 + port, []Holder{{PID: 7, Name: "x"}}})
	}
	page := render(t, PortsInUse(PortsInUseFacts{Range: "4000-4999", Count: 1000, Ports: many}), Style{})
	all.WriteString(page)
	golden(t, "free", all.String())
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
							if strings.Contains(r.String(), "devrun free") && (i == 0 || !mine || pid < 2) {
								t.Errorf("%s, %+v: %q is remedy %d", p.Code, holders[0], r.String(), i)
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
	if want := "another process answers on [::1]:3000, not api"; p.Summary != want {
		t.Errorf("got %q; want %q", p.Summary, want)
	}
	if got, want := texts(p, "answers"), "unknown: the listening process is not visible"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := texts(p, "api"), "has ended"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := commands(p), "devrun --port auto api | sudo devrun why 3000 | devrun why 3000"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}
