package diag

import (
	"net/netip"
	"time"

	"devrun/config"
	"devrun/config/dotenv"
)

// exampleOf is a problem of the given code with invented facts, for its entry.
func exampleOf(code Code) Problem {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	now := time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)
	const home = "/home/ada"
	node := []string{"node", "server.js"}
	listening := ListeningFacts{Service: "web", PID: 41233, Port: 61234, Addr: loopback, Framework: "vite", Flag: "--port {port}", Command: []string{"npx", "vite"}, Passed: []string{"npx", "vite", "--port", "{port}"}}
	ended := EndedFacts{Service: "api", Status: 1, After: 340 * time.Millisecond, Port: 61234, Command: node, Passed: []string{"node", "server.js", "--port", "{port}"}, Output: []string{"Error: listen EADDRINUSE: address already in use 127.0.0.1:3000"}}
	switch code {
	case CodePortInUse:
		return PortInUse(PortInUseFacts{Port: 62893, Addr: loopback, WantedBy: "api, devrun.yaml:7", Pinned: true, FreePort: 62894, Service: "api", Now: now, Home: home, Holders: []Holder{{
			PID: 41233, Name: "node", Argv: []string{"node", "server.js", "--port", "62893"}, Dir: home + "/shop", Branch: "main", Started: now.Add(-3 * time.Hour), Mine: true,
			Addr: netip.AddrPortFrom(loopback, 62893), Origin: Origin{Kind: "terminal", Name: "tmux", Parents: []Parent{{41201, "bash"}}},
		}}})
	case CodePortForeign:
		return PortForeign(PortForeignFacts{Service: "api", Port: 61234, Addr: loopback, PID: 41240, Command: node, Now: now, Home: home, Holders: []Holder{{
			PID: 812, Name: "nginx", User: "www-data", UID: 33, Started: now.Add(-50 * time.Hour),
		}}})
	case CodePortWantedTwice:
		return PortWantedTwice(PortWantedTwiceFacts{
			Service: "web", Port: 61234, Has: Rival{41240, "node", []string{"node", "web.js"}}, Refused: Rival{41241, "node", []string{"node", "api.js"}},
			Line: "Error: listen EADDRINUSE: address already in use 127.0.0.1:61234",
		})
	case CodeListeningElsewhere:
		listening.IgnoredPort = true
		listening.Found = []netip.AddrPort{netip.MustParseAddrPort("[::1]:5173")}
		return ListeningElsewhere(listening)
	case CodeListeningWide:
		listening.Found = []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:61234")}
		listening.Framework, listening.Command = "parcel", []string{"npx", "parcel"}
		listening.Bound = []string{"npx", "parcel", "--host", "{host}"}
		return ListeningWide(listening)
	case CodeListeningOneFamily:
		listening.Found = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.2:61234")}
		return ListeningOneFamily(listening)
	case CodeNotListening:
		return NotListening(NotListeningFacts{ListeningFacts: listening, Waiting: WaitingStarting, After: 10 * time.Second, Check: "connect to 127.0.0.1:61234: connection refused", Output: []string{"Pre-bundling dependencies..."}})
	case CodeReadyTimeout:
		return ReadyTimeout(ReadyTimeoutFacts{Service: "api", Port: 61234, Limit: 30 * time.Second, Check: "GET http://127.0.0.1:61234/healthz: status 503, want 200", Timeline: "started at 0s, listening at 1.2s, first answer at 1.3s", Command: node, Output: []string{"waiting for database"}})
	case CodeExitedEarly:
		return ExitedEarly(ended)
	case CodeCrashLoop:
		ended.Output = []string{"TypeError: Cannot read properties of undefined (reading 'url')"}
		return CrashLoop(CrashLoopFacts{EndedFacts: ended, Times: 5, Waits: true})
	case CodeCommandNotFound:
		return CommandProblem(CommandFacts{Command: []string{"myserver", "--verbose"}, Dir: home + "/shop", Nearest: []string{"./myserver"}, Err: &CommandError{Name: "myserver", Kind: NotFound}})
	case CodeNotExecutable:
		return CommandProblem(CommandFacts{Command: []string{"./run.sh"}, Dir: home + "/shop", Home: home, Err: &CommandError{Name: "./run.sh", Kind: NotExecutable, Path: home + "/shop/run.sh", Mode: 0o644}})
	case CodeBadInterpreter:
		return CommandProblem(CommandFacts{Command: []string{"./run.sh"}, Dir: home + "/shop", Home: home, Err: &CommandError{Name: "./run.sh", Kind: BadInterpreter, Path: home + "/shop/run.sh", Mode: 0o755, Interpreter: "/bin/bash", CRLF: true}})
	case CodeBuildFailed:
		return BuildFailed(BuildFacts{Service: "api", Command: []string{"go", "build", "-o", "bin/api", "./cmd/api"}, Dir: home + "/shop", Home: home, Status: 1, Took: 800 * time.Millisecond, Serving: true, Output: []string{"cmd/api/main.go:14:2: undefined: handel"}})
	case CodeLoopbackBlocked:
		return LoopbackBlocked(LoopbackFacts{Addr: netip.AddrPortFrom(loopback, 61000), Rules: "sudo nft list ruleset"})
	case CodeWatchLimit:
		return WatchLimit(WatchLimitFacts{What: "watches", Limit: 8192, Raise: "sudo sysctl fs.inotify.max_user_watches=524288"})
	case CodeWatchBlind:
		return WatchBlind(WatchBlindFacts{Dir: home + "/shop", FileSystem: "nfs", Service: "api", Home: home})
	case CodeRestartLoop:
		return RestartLoop(RestartLoopFacts{Service: "api", Files: []string{"tmp/routes.json"}, Rounds: 3, Command: node})
	case CodeUncleanStop:
		return UncleanStop(UncleanStopFacts{Service: "api", Port: 61234, Bound: true, Survivors: []Survivor{{PID: 41240, Name: "postgres", User: "postgres", Why: "it runs as another user"}}, Now: now, Home: home})
	case CodeConfigInvalid:
		return ConfigInvalid(&config.Error{File: "devrun.yaml", Mistakes: []config.Mistake{
			{Line: 4, Column: 5, Key: "services.api.prot", Rule: "unknown key", Near: "port"},
			{Line: 9, Column: 14, Key: "services.api.stop.timeout", Value: "5", Rule: "a duration needs a unit, as in 5s"},
		}})
	case CodeEnvFileInvalid:
		return EnvFileInvalid(EnvFileFacts{Service: "api", Dir: home + "/shop", Home: home, Here: home + "/shop", Err: &dotenv.Error{Path: home + "/shop/.env", Mistakes: []dotenv.Mistake{
			{Line: 3, Column: 7, Rule: "the quote \" is not closed"},
			{Line: 8, Column: 1, Rule: "must be NAME=value; a name cannot contain a blank"},
		}}})
	case CodeAlreadyRunning:
		return AlreadyRunning(RunningFacts{Run: Run{Project: "shop", Service: "api", URL: "http://127.0.0.1:62893", PID: 41200}, Services: []string{"api", "web"}, Dir: home + "/shop", Started: now.Add(-3 * time.Hour),
			Origin: Origin{Kind: "terminal", Name: "tmux", Parents: []Parent{{PID: 41001, Name: "zsh"}}}, Terminal: "/dev/pts/3 (tmux pane %3)", Now: now, Home: home})
	}
	return exampleOfService(code, ServiceFacts{
		Run: Run{Project: "shop", Service: "api", URL: "http://127.0.0.1:61234", PID: 41200}, PID: 41240, Port: 61234,
		Started: now.Add(-3 * time.Hour), Dir: home + "/shop", Now: now, Home: home,
	})
}

func exampleOfService(code Code, f ServiceFacts) Problem {
	switch code {
	case CodeNotRunning:
		f.PID = 0
		return NotRunning(f)
	case CodeCheckFailed:
		return CheckFailed(CheckFacts{Check: "GET /healthz", Service: "api", Number: 1, Of: 3})
	case CodeExitedWhenReady:
		return EndedInSmoke(EndedFacts{Service: "api", Status: 1, After: 340 * time.Millisecond, Port: 61234, Command: []string{"node", "server.js"}, Output: []string{"TypeError: Cannot read properties of undefined (reading 'url')"}}, "during the check GET /items")
	case CodeErrorAnswer:
		f.Tried = []Answer{{Addr: netip.MustParseAddrPort("127.0.0.1:61234"), Path: "/", Outcome: "503", Status: 503, Took: 3 * time.Millisecond}}
		return ErrorAnswer(f)
	}
	return Problem{Code: code}
}
