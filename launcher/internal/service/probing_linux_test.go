package service

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/tries"
)

// probed starts the command on the port and begins to probe it.
func probe(t *testing.T, svc config.Service, env Env, number int) (*probing, *attempt) {
	t.Helper()
	b := newBase(t, svc, env)
	b.public.Port = number
	p, err := newProbing(b)
	if err != nil {
		t.Fatal(err)
	}
	l := launching{base: b}
	matched, err := l.start(nil, p.checks, "api", false, func() {})
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	t.Cleanup(func() {
		p.stop()
		endTree(l.attempt)
		tasks.Wait()
		p.closeVerifier()
	})
	if p.begin(l.attempt, matched, &tasks) {
		t.Fatal("there is nothing to wait for")
	}
	return &p, l.attempt
}

// verdictOf waits for the end of the checks.
func verdictOf(t *testing.T, p *probing) (code diag.Code, problem *diag.Problem) {
	t.Helper()
	problem = p.verdict(receive(t, p.ended, "the end of the checks"))
	if p.ended != nil || p.look != nil {
		t.Error("more is expected of checks that have ended")
	}
	if problem != nil {
		code = problem.Code
	}
	return code, problem
}

func at(number int) string { return fmt.Sprintf("127.0.0.1:%d", number) }

func TestProbingFindsItReady(t *testing.T) {
	for name, checks := range map[string][]config.Check{
		"tcp":  {{Kind: config.CheckTCP}},
		"log":  {{Kind: config.CheckLog, Pattern: "^listening"}},
		"exec": {{Kind: config.CheckExec, Argv: []string{"test", "{port}", "-gt", "0"}}},
		"all":  {{Kind: config.CheckTCP}, {Kind: config.CheckLog, Pattern: "listening"}, {Kind: config.CheckExec, Argv: []string{"true"}}},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := newWorld(t)
			svc := server(t)
			svc.Ready.Checks = checks
			p, a := probe(t, svc, env, anyPort(t))
			if code, problem := verdictOf(t, p); problem != nil {
				t.Fatalf("got %s: %v", code, problem)
			}
			if got := p.listenerPID(); got != a.proc.PID() {
				t.Errorf("the listener is %d; want %d", got, a.proc.PID())
			}
			p.stop()
			p.stop()
			p.closeVerifier()
			p.closeVerifier()
			if got := p.listenerPID(); got != a.proc.PID() {
				t.Errorf("without a verifier: got %d; want the command", got)
			}
		})
	}
}

// A child of the command listens.
func TestProbingFindsTheListener(t *testing.T) {
	env, _, out := newWorld(t)
	svc := server(t)
	svc.Command = script(fmt.Sprintf("'%s' & wait", strings.Join(player(t), "' '")))
	p, a := probe(t, svc, env, anyPort(t))
	child := out.pid(t, "listening")
	if code, problem := verdictOf(t, p); problem != nil {
		t.Fatalf("got %s: %v", code, problem)
	}
	if got := p.listenerPID(); got != child || got == a.proc.PID() {
		t.Errorf("the listener is %d; want %d", got, child)
	}
}

// Somebody else, here the test itself, listens on the port.
func TestProbingFindsAForeigner(t *testing.T) {
	env, _, _ := newWorld(t)
	l, err := bind("127.0.0.1:0", true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	svc := server(t)
	svc.Command = script("sleep 1000")
	p, a := probe(t, svc, env, l.Addr().(*net.TCPAddr).Port)
	code, problem := verdictOf(t, p)
	if code != diag.CodePortForeign {
		t.Fatalf("got %s: %v", code, problem)
	}
	text := fmt.Sprint(problem.Facts)
	if !strings.Contains(text, fmt.Sprint(os.Getpid())) || !strings.Contains(text, fmt.Sprint(a.proc.PID())) {
		t.Errorf("got %s; want the holder and the command", text)
	}
}

func TestProbingIsTooLate(t *testing.T) {
	for name, tt := range map[string]struct {
		command func(number int) []string
		checks  []config.Check
		want    diag.Code
	}{
		"it listens nowhere":   {func(int) []string { return script("sleep 1000") }, nil, diag.CodeReadyTimeout},
		"it listens elsewhere": {func(int) []string { return player(t, "-at", "127.0.0.1:0") }, nil, diag.CodeListeningElsewhere},
		"it listens beside it": {func(n int) []string { return player(t, "-at", fmt.Sprintf("127.0.0.2:%d", n)) }, nil, diag.CodeListeningOneFamily},
		"a check fails":        {func(int) []string { return player(t) }, []config.Check{{Kind: config.CheckExec, Argv: []string{"false"}}}, diag.CodeReadyTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, out := newWorld(t)
			svc, number := server(t), anyPort(t)
			svc.Command = tt.command(number)
			svc.Ready.Timeout = time.Hour
			if tt.checks != nil {
				svc.Ready.Checks = tt.checks
			}
			p, _ := probe(t, svc, env, number)
			if svc.Command[0] != "/bin/sh" {
				out.next(t, "listening")
				if tt.checks == nil {
					waitForLook(t, p)
				}
			}
			p.cancel()
			result := receive(t, p.ended, "the end of the checks")
			result.err = errNotInTime // the deadline, without the wait
			if problem := p.verdict(result); problem.Code != tt.want {
				t.Errorf("got %s: %s; want %s", problem.Code, problem.Summary, tt.want)
			}
		})
	}
}

// waitForLook waits until the probe has looked at the port once more.
func waitForLook(t *testing.T, p *probing) {
	t.Helper()
	if _, err := p.verifier.look(); err != nil {
		t.Fatal(err)
	}
}

// The deadline itself ends the checks.
func TestProbingHasADeadline(t *testing.T) {
	env, _, _ := newWorld(t)
	svc := server(t)
	svc.Command = script("sleep 1000")
	svc.Ready.Timeout = 20 * time.Millisecond
	p, _ := probe(t, svc, env, anyPort(t))
	if code, problem := verdictOf(t, p); code != diag.CodeReadyTimeout || !strings.Contains(problem.Summary, "20ms") {
		t.Errorf("got %s: %v", code, problem)
	}
}

func TestLookCloser(t *testing.T) {
	for name, tt := range map[string]struct {
		command []string
		ago     time.Duration // of the start
		want    diag.Code     // "" for no warning
		again   bool          // another look follows
	}{
		"it listens elsewhere":          {player(t, "-at", "127.0.0.1:0"), firstLook, diag.CodeListeningElsewhere, true},
		"it listens nowhere so far":     {script("echo listening; sleep 1000"), firstLook, "", true},
		"it listens nowhere for long":   {script("echo listening; sleep 1000"), longLook, diag.CodeNotListening, false},
		"it listens elsewhere for long": {player(t, "-at", "127.0.0.1:0"), longLook, diag.CodeListeningElsewhere, false},
	} {
		t.Run(name, func(t *testing.T) {
			env, events, out := newWorld(t)
			svc := server(t)
			svc.Command = tt.command
			p, a := probe(t, svc, env, anyPort(t))
			out.next(t, "listening")
			a.began = a.began.Add(-tt.ago)
			for range 2 { // the same is not said twice
				p.lookCloser(nil)
			}
			if (p.look != nil) != tt.again {
				t.Errorf("another look follows: %v; want %v", p.look != nil, tt.again)
			}
			got, problems := diag.Code(""), events.named(event.Problem)
			if len(problems) > 0 {
				got = problems[0].Problem.Code
			}
			if got != tt.want || len(problems) > 1 || (p.named != nil) != (tt.want != "") {
				t.Errorf("got %s; want one warning: %q", events, tt.want)
			}
		})
	}
}

func TestBest(t *testing.T) {
	at := func(port uint16) portowner.Socket {
		return portowner.Socket{Local: netip.AddrPortFrom(netip.IPv6Loopback(), port)}
	}
	three := []portowner.Socket{at(1), at(2), at(3)}
	for _, test := range []struct {
		outcomes []tries.Outcome
		want     []portowner.Socket
	}{
		{[]tries.Outcome{"404", "200", tries.NotHTTP}, three[1:2]},
		{[]tries.Outcome{tries.TLS, "500", "302"}, []portowner.Socket{three[0], three[2]}},
		{[]tries.Outcome{tries.Closed, "426", tries.Timeout}, three[1:]},
		{[]tries.Outcome{tries.Closed, tries.NotHTTP, tries.Reset}, three},
	} {
		if got := best(three, test.outcomes); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v; want %v", test.outcomes, got, test.want)
		}
	}
}

// With adopt, connections to the port arrive where the service listens.
func TestLookCloserAdopts(t *testing.T) {
	env, events, out := newWorld(t)
	svc := server(t, "-at", "127.0.0.1:0")
	svc.Adopt = true
	number := anyPort(t)
	p, a := probe(t, svc, env, number)
	out.next(t, "listening")
	for range 2 {
		p.lookCloser(nil)
	}
	if code, problem := verdictOf(t, p); problem != nil {
		t.Fatalf("got %s: %v", code, problem)
	}
	conn, err := net.Dial("tcp", at(number))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := p.listenerPID(); got != a.proc.PID() || len(events.named(event.Notice)) != 1 || len(events.named(event.Problem)) != 0 {
		t.Errorf("the listener is %d, want %d; %s", got, a.proc.PID(), events)
	}
	p.stop()
	if conn, err := net.Dial("tcp", at(number)); err == nil {
		conn.Close()
		t.Error("the port is served after the end")
	}
}

// What loopbackTried finds out counts only while the service is not ready.
func TestLoopbackTried(t *testing.T) {
	for name, tt := range map[string]struct {
		problem *diag.Problem
		ready   time.Time
		want    int
	}{
		"blocked":               {&diag.Problem{Code: diag.CodeLoopbackBlocked}, time.Time{}, 1},
		"not blocked":           {nil, time.Time{}, 0},
		"ready in the meantime": {&diag.Problem{Code: diag.CodeLoopbackBlocked}, time.Now(), 0},
	} {
		env, events := newEnv(t)
		p := probing{base: newBase(t, definition(t, "api"), env), attempt: &attempt{readyAt: tt.ready}, blocked: make(chan *diag.Problem)}
		p.loopbackTried(tt.problem)
		if got := len(events.named(event.Problem)); got != tt.want || p.blocked != nil || (p.named != nil) != (tt.want > 0) {
			t.Errorf("%s: got %s", name, events)
		}
	}
}

func TestNewProbing(t *testing.T) {
	env, _ := newEnv(t)
	for _, tt := range []struct {
		check config.Check
		want  string
	}{
		{config.Check{Kind: "ftp"}, `ready check "ftp": unknown kind`},
		{config.Check{Kind: config.CheckLog, Pattern: "("}, "ready check log: error parsing regexp: missing closing ): `(`"},
		{config.Check{Kind: config.CheckHTTP, Path: "/"}, "<nil>"},
	} {
		svc := definition(t, "api")
		svc.Ready.Checks = []config.Check{tt.check}
		if _, err := newProbing(newBase(t, svc, env)); fmt.Sprint(err) != tt.want {
			t.Errorf("got %v; want %s", err, tt.want)
		}
	}
	p, _ := newProbing(newBase(t, worker(t, "true"), env))
	if !p.begin(&attempt{}, nil, nil) || p.ended != nil {
		t.Error("a worker is waited for")
	}
	p.stop()
}

func TestAllOf(t *testing.T) {
	tcp, log := ready.Check{Kind: ready.TCP}, ready.Check{Kind: ready.Log}
	for _, tt := range []struct {
		checks []ready.Check
		want   bool
	}{
		{nil, true}, {[]ready.Check{tcp}, true}, {[]ready.Check{tcp, tcp}, true}, {[]ready.Check{tcp, log}, false}, {[]ready.Check{log}, false},
	} {
		if got := allOf(ready.TCP, tt.checks); got != tt.want {
			t.Errorf("%v: got %v; want %v", tt.checks, got, tt.want)
		}
	}
}

func TestNextLook(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		passed time.Duration
		adopt  bool
		want   time.Duration
	}{
		{0, false, 2 * s}, {s, false, s}, {2*s - 1, false, 1}, {2 * s, false, 7 * s}, {9 * s, false, s}, {11 * s, false, 0},
		{0, true, adoptLook}, {9 * s, true, adoptLook}, {longLook - adoptLook, true, adoptLook}, {11 * s, true, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := probing{base: &base{svc: config.Service{Adopt: tt.adopt}}, attempt: &attempt{began: time.Now()}}
			<-time.After(tt.passed)
			if got := p.nextLook(); got != tt.want {
				t.Errorf("after %v, adopting %v: got %v; want %v", tt.passed, tt.adopt, got, tt.want)
			}
		})
	}
}

func TestRelayAddrs(t *testing.T) {
	for own, want := range map[string]string{
		"127.0.0.1:80": "[127.0.0.1:80 [::1]:80]", "[::1]:80": "[[::1]:80 127.0.0.1:80]", "127.0.0.2:80": "[127.0.0.2:80 127.0.0.1:80 [::1]:80]",
	} {
		if got := fmt.Sprint(relayAddrs(netip.MustParseAddrPort(own))); got != want {
			t.Errorf("%s: got %s; want %s", own, got, want)
		}
	}
}

func TestLikeliest(t *testing.T) {
	var sockets []portowner.Socket
	for _, addr := range []string{"127.0.0.1:1000", "127.0.0.1:80", "[::]:3000"} {
		sockets = append(sockets, portowner.Socket{Local: netip.MustParseAddrPort(addr)})
	}
	for _, tt := range []struct {
		output []string
		want   uint16
	}{
		{nil, 1000}, {[]string{"http://localhost:3000"}, 3000}, {[]string{"listening on port 80"}, 80}, {[]string{"at port 8080"}, 1000}, {[]string{"debugger on :3000", "at :80/"}, 80}, {[]string{"3000"}, 1000},
		{[]string{"at :8080/"}, 1000}, {[]string{"not :8080 but :80"}, 80},
	} {
		if got := likeliest(slices.Clone(sockets), tt.output).Local.Port(); got != tt.want {
			t.Errorf("%q: got %d; want %d", tt.output, got, tt.want)
		}
	}
}
