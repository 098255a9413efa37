package diag

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"devrun/config"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

func TestListeningElsewhere(t *testing.T) {
	one := []netip.AddrPort{netip.MustParseAddrPort("[::1]:5173")}
	all := []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:3000")}
	two := append(one, netip.MustParseAddrPort("127.0.0.1:5174"))
	tests := []struct {
		name              string
		facts             ListeningFacts
		summary, remedies string
	}{
		{"known framework", ListeningFacts{Found: one, IgnoredPort: true, Framework: "vite", Flag: "--port {port}", Command: []string{"vite"}, Passed: []string{"vite", "--port", "{port}"}},
			"web ignored PORT=61234 and listens on [::1]:5173", "devrun -- vite --port {port} | devrun --host ::1 --port 5173 -- vite | devrun why web"},
		{"unknown program", ListeningFacts{Found: two, Command: []string{"./s"}, Passed: []string{"./s", "--port", "{port}"}},
			"web listens on [::1]:5173 and 127.0.0.1:5174, not on 127.0.0.1:61234", "devrun --host ::1 --port 5173 -- ./s | devrun -- ./s --port {port} | devrun why web"},
		{"service of a file", ListeningFacts{Found: one, IgnoredPort: true},
			"web ignored PORT=61234 and listens on [::1]:5173", "devrun --host ::1 --port 5173 web | devrun why web"},
		{"words do not reach it", ListeningFacts{Command: []string{"make", "dev"}, IgnoredPort: true}, "web ignored PORT=61234 and listens on another port", "devrun why web"},
		{"behind turbo", ListeningFacts{Found: all, IgnoredPort: true, Command: []string{"turbo", "dev"}, Unhidden: []string{"turbo", "dev", "--env-mode=loose"}},
			"web ignored PORT=61234 and listens on 0.0.0.0:3000", "devrun -- turbo dev --env-mode=loose | devrun --port 3000 -- turbo dev | devrun why web"},
		{"unknown place", ListeningFacts{}, "web listens on another port, not on 127.0.0.1:61234", "devrun why web"},
	}
	for _, test := range tests {
		f := test.facts
		f.Service, f.Port, f.Addr = "web", 61234, netip.MustParseAddr("127.0.0.1")
		p := ListeningElsewhere(f)
		if p.Summary != test.summary {
			t.Errorf("%s: got %q; want %q", test.name, p.Summary, test.summary)
		}
		if got := commands(p); got != test.remedies {
			t.Errorf("%s: got %q; want %q", test.name, got, test.remedies)
		}
	}
}

func TestNotListening(t *testing.T) {
	f := ListeningFacts{Port: 61234, PID: 7, Addr: netip.MustParseAddr("127.0.0.1"), Command: []string{"./s"}}
	tests := []struct {
		waiting           Waiting
		summary, remedies string
	}{
		{WaitingStarting, "the service does not listen yet, 10s after its start", "devrun why 61234"},
		{WaitingNowhere, "the service runs but listens nowhere", "devrun --ready none -- ./s | devrun why 61234"},
		{WaitingUnix, "the service listens on the unix socket /run/a.sock, and on no port", "devrun --ready none -- ./s | devrun why 61234"},
		{WaitingLost, "the service no longer listens on 127.0.0.1:61234: process 8 (node) ended 12s ago", "devrun why 61234"},
		{WaitingRefusing, "the service listens on 127.0.0.1:61234 but refuses connections", "devrun why 61234"},
	}
	for _, test := range tests {
		p := NotListening(NotListeningFacts{ListeningFacts: f, Waiting: test.waiting, After: 10 * time.Second, Unix: []string{"/run/a.sock"}, Listened: Listened{Process: "8 (node)", Ended: true, Ago: 12 * time.Second}})
		if p.Summary != test.summary || commands(p) != test.remedies {
			t.Errorf("%s: got %q, %q; want %q, %q", test.waiting, p.Summary, commands(p), test.summary, test.remedies)
		}
	}
}

func TestServiceAsked(t *testing.T) {
	addr := netip.MustParseAddrPort("127.0.0.1:61234")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := ServiceFacts{
		Run: Run{Project: "shop", Service: "api", URL: "http://127.0.0.1:61234", PID: 6}, PID: 7, Port: 61234, Dir: "/home/ada/shop",
		Started: now.Add(-time.Minute), Found: []netip.AddrPort{addr}, Now: now, Home: "/home/ada",
	}
	with := func(change func(*ServiceFacts)) ServiceFacts {
		g := f
		change(&g)
		return g
	}
	get := func(outcome tries.Outcome, status int) func(*ServiceFacts) {
		return func(g *ServiceFacts) {
			g.Tried = []Answer{{Addr: addr, Path: "/", Outcome: outcome, Status: status, Took: 3 * time.Millisecond}}
		}
	}
	listening := ListeningFacts{Service: "api", PID: 7, Port: 61234, Addr: addr.Addr()}
	var all strings.Builder
	for _, p := range []Problem{
		ServiceWell(with(get("200", 200))), ServiceWell(with(get("not http", 0))), ErrorAnswer(with(get("503", 503))),
		NotRunning(with(func(g *ServiceFacts) { g.Run.PID = 0 })), NotRunning(with(func(g *ServiceFacts) { g.Gone = true })), NotRunning(f),
		ServiceBlocked(with(get("refused", 0))),
		NotListening(NotListeningFacts{ListeningFacts: listening, Waiting: WaitingSilent, After: time.Minute, Tried: []Answer{{Addr: addr, Path: "/", Outcome: "timeout", Took: 2 * time.Second}}}),
		NotListening(NotListeningFacts{ListeningFacts: listening, Waiting: WaitingFull, After: time.Minute, Tried: []Answer{{Addr: addr, Outcome: "timeout", Took: time.Second, Queued: 6, Backlog: 5}}}),
	} {
		page := render(t, p, Style{})
		all.WriteString(page + "\n")
		for line := range strings.Lines(page) {
			if text.Columns(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("%q is wider than %d columns", line, width)
			}
		}
		if p.Code != "" && len(p.Remedies) == 0 {
			t.Errorf("%s: no remedy", p.Summary)
		}
	}
	golden(t, "service", all.String())
}

func TestExitedEarly(t *testing.T) {
	tests := []struct {
		name                    string
		facts                   EndedFacts
		summary, because, means string
	}{
		{"status", EndedFacts{Status: 3}, "the service ended with status 3 before it was ready", "", ""},
		{"done without having listened", EndedFacts{Silent: netip.MustParseAddrPort("127.0.0.1:61234")}, "the service ended with status 0 before it was ready", "", "it ended with status 0 and never listened on 127.0.0.1:61234"},
		{"done", EndedFacts{}, "the service ended with status 0 before it was ready", "", "it finished, or moved to the background; devrun needs it in the foreground"},
		{"signal", EndedFacts{Signal: "SIGSEGV"}, "the service ended with signal SIGSEGV before it was ready", "", "it crashed"},
		{"killed", EndedFacts{Signal: "SIGKILL"}, "the service ended with signal SIGKILL before it was ready", "", "something else killed it, perhaps the kernel because memory ran out"},
		{"own port", EndedFacts{Status: 1, Output: []string{"listen tcp 127.0.0.1:61234: bind: address already in use"}}, "the service ended with status 1 before it was ready", "its output reports that its port 61234 is in use", ""},
		{"other port", EndedFacts{Status: 1, Output: []string{"a", "Error: listen EADDRINUSE: address already in use :::3000", "b"}}, "the service ended with status 1 before it was ready", "it asked for port 3000, which is in use, instead of its own 61234", ""},
		{"no port", EndedFacts{Status: 1, Output: []string{"OSError: [Errno 98] Address already in use"}}, "the service ended with status 1 before it was ready", "its output reports that an address is in use", ""},
		{"port in words", EndedFacts{Status: 1, Output: []string{"Error: port 8000 address in use"}}, "the service ended with status 1 before it was ready", "it asked for port 8000, which is in use, instead of its own 61234", ""},
	}
	for _, test := range tests {
		f := test.facts
		f.Port, f.Command = 61234, []string{"./s"}
		p := ExitedEarly(f)
		if p.Summary != test.summary || texts(p, "because") != test.because || texts(p, "means") != test.means {
			t.Errorf("%s: got %q, because %q, means %q; want %q, %q, %q", test.name, p.Summary, texts(p, "because"), texts(p, "means"), test.summary, test.because, test.means)
		}
		if len(p.Remedies) == 0 {
			t.Errorf("%s: no remedy", test.name)
		}
	}
}

// Secrets of a command are in nothing that a problem says.
func TestProblemsHideSecrets(t *testing.T) {
	command := []string{"serve", "--password", "Zq9x", "--db=postgres://a:Zq9y@h/db"}
	for _, p := range []Problem{
		PortInUse(PortInUseFacts{Port: 1, Command: command, Holders: []Holder{{PID: 2, Argv: command}}}),
		PortForeign(PortForeignFacts{Port: 1, Command: command, Holders: []Holder{{PID: 2, Argv: command}}}),
		ListeningElsewhere(ListeningFacts{Command: command, Flag: "-p {port}"}),
		ExitedEarly(EndedFacts{Command: command, Port: 1}),
		BuildFailed(BuildFacts{Command: command, Dir: "/x"}),
		RestartLoop(RestartLoopFacts{Command: command, Files: []string{"a"}}),
		CommandProblem(CommandFacts{Command: command, Nearest: []string{"./serve"}, Err: &CommandError{Name: "serve", Kind: NotFound}}),
		CommandProblem(CommandFacts{Command: []string{"serve --password Zq9"}, Split: []string{"serve", "--password", "Zq9"}, Err: &CommandError{Name: "serve --password Zq9", Kind: NotFound}}),
		CommandProblem(CommandFacts{Command: append([]string{"cd"}, command...), Err: &CommandError{Name: "cd", Kind: NotFound}}),
		ConfigInvalid(&config.Error{File: "f", Mistakes: []config.Mistake{{Line: 1, Key: "env.DB_PASSWORD", Value: "Zq9", Rule: "r"}}}),
	} {
		page := render(t, p, Style{})
		if p.Err != nil {
			page += p.Err.Error()
		}
		for _, value := range p.Evidence {
			if list, ok := value.([]string); ok {
				page += strings.Join(list, " ")
			}
		}
		if strings.Contains(page, "Zq9") {
			t.Errorf("%s: got %s; want no secret", p.Code, page)
		}
		if len(p.Remedies) == 0 {
			t.Errorf("%s: no remedy", p.Code)
		}
	}
}

func TestConfigInvalid(t *testing.T) {
	p := ConfigInvalid(&config.Error{File: "devrun.yaml", Mistakes: []config.Mistake{
		{Rule: "is larger than 1 MiB"}, {Line: 3, Rule: "a tab is no indentation"}, {Line: 4, Column: 2, Key: "nmae", Rule: "unknown key", Near: "name"},
	}})
	want := "devrun: devrun.yaml has 3 errors                                [config-invalid]\n" +
		"  devrun.yaml:      is larger than 1 MiB\n" +
		"  devrun.yaml:3:    a tab is no indentation\n" +
		"  devrun.yaml:4:2:  nmae: unknown key; the nearest is name\n"
	if got := render(t, p, Style{}); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
}

func TestManyFactsAreCut(t *testing.T) {
	var files []string
	for range maxFactsOfOneLabel + 3 {
		files = append(files, "a/b")
	}
	p := RestartLoop(RestartLoopFacts{Files: files})
	if got, want := strings.Count(texts(p, "writes"), "|"), maxFactsOfOneLabel; got != want {
		t.Errorf("got %d separators in %q; want %d", got, texts(p, "writes"), want)
	}
}
