package diag

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"devrun/config/secret"
	"devrun/launcher/internal/text"
)

// EndedFacts are the facts about a service that ended by itself.
type EndedFacts struct {
	Service  string
	Status   int    // exit status
	Signal   string // "SIGSEGV", where a signal ended it
	After    time.Duration
	Port     int
	Command  []string
	Ran      []string       // Command as it was executed; empty: as it is
	Passed   []string       // Command with arguments for its port; empty: they do not reach the program
	File     string         // the config file that the service is defined in; empty: the command was typed
	Output   []string       // its last lines
	NoMemory bool           // the kernel has killed a process meanwhile because memory ran out
	Core     bool           // the system has written a core dump
	Refused  Refused        // a connection, as its last lines report
	Rivals   bool           // two of its processes wanted its port, which was reported
	Silent   netip.AddrPort // where it never listened, as far as that was looked for; invalid: it may have
	Unserved []string       // the command that serves what Command only defines; empty: unknown
}

// how is "status 1" or "signal SIGSEGV".
func (f EndedFacts) how() string {
	if f.Signal != "" {
		return "signal " + f.Signal
	}
	return "status " + strconv.Itoa(f.Status)
}

func (f EndedFacts) problem(code Code) Problem {
	p := Problem{Code: code, Status: statusEnded, Output: f.Output}
	p.know("service", f.Service, "port", f.Port, "after_ms", int(f.After.Milliseconds()), "signal", f.Signal)
	if f.Signal == "" {
		p.always("exit_status", f.Status)
	}
	return p
}

// ExitedEarly explains a service that ended before it was ready.
func ExitedEarly(f EndedFacts) Problem {
	p := f.problem(CodeExitedEarly)
	p.Summary = fmt.Sprintf("%s ended with %s before it was ready", called(f.Service), f.how())
	p.fact("after", text.Span(f.After))
	f.explainStatus(&p)
	f.explainAddress(&p)
	f.explainRefused(&p)
	f.alone(&p)
	p.try(logs(f.Service, false), "read its whole output")
	p.try(explain(CodeExitedEarly), "other possible causes")
	return p
}

// explainStatus adds the usual meaning of a status or signal.
func (f EndedFacts) explainStatus(p *Problem) {
	switch {
	case f.Signal == "SIGKILL" && f.NoMemory:
		p.fact("means", "memory ran out, and the kernel killed a process", "out_of_memory", true)
	case f.Signal == "SIGKILL":
		p.fact("means", "something else killed it, perhaps the kernel because memory ran out")
	case f.Signal == "SIGSEGV", f.Signal == "SIGBUS", f.Signal == "SIGABRT", f.Signal == "SIGILL":
		if !f.Core {
			p.fact("means", "it crashed")
			break
		}
		p.fact("means", "it crashed; the system saved a core dump", "core_dumped", true)
		p.try(line("coredumpctl info"), "inspect the dump, if systemd keeps it")
	case f.Signal != "":
	case f.Status == 0 && f.Silent.IsValid():
		p.fact("means", fmt.Sprintf("it ended with status 0 and never listened on %s", f.Silent), "never_listened", true)
		if len(f.Unserved) > 0 {
			p.fact("because", "its file defines an application, and nothing serves it")
			p.try(instead(f.File, f.Unserved), "serve it")
		}
	case f.Status == 0:
		p.fact("means", "it finished, or moved to the background; devrun needs it in the foreground")
	case f.Status == statusNotFound:
		p.fact("means", "usually that a command that it runs was not found")
	case f.Status == statusNoExec:
		p.fact("means", "usually that a command that it runs cannot be executed")
	}
}

// explainAddress looks for "address already in use" in the service's last lines.
func (f EndedFacts) explainAddress(p *Problem) {
	line, port := addressInUse(f.Output)
	if line == "" {
		return
	}
	p.know("address_in_use", true, "address_in_use_port", port)
	switch {
	case f.Rivals && (port == 0 || port == f.Port):
		p.fact("because", fmt.Sprintf("two of its processes want port %d", f.Port))
	case port == 0:
		p.fact("because", "its output reports that an address is in use")
		if f.Port > 0 {
			p.try(why(strconv.Itoa(f.Port)), "show what has its port")
		}
	case port == f.Port:
		p.fact("because", fmt.Sprintf("its output reports that its port %d is in use", port))
		p.try(why(strconv.Itoa(port)), "show what has it")
	default:
		p.fact("because", fmt.Sprintf("it asked for port %d, which is in use, instead of its own %d", port, f.Port))
		p.try(why(strconv.Itoa(port)), "show what has it")
		p.try(instead(f.File, f.Passed), "pass it its port, if it takes one this way")
	}
}

// alone offers to run the command without devrun.
func (f EndedFacts) alone(p *Problem) {
	command := f.Ran
	if len(command) == 0 {
		command = f.Command
	}
	text := alone(command)
	if text != "" && f.Port > 0 {
		text = fmt.Sprintf("PORT=%d %s", f.Port, text)
	}
	p.try(line(text), "run it without devrun")
}

// bindFailed matches how servers report that a bind failed. That of flask names the
// port only: "Port 5000 is in use by another program".
var bindFailed = regexp.MustCompile(`eaddrinuse|address (already )?in use|port is already allocated|only one usage of each socket address|\bport \d+ (is|was) (already )?in use`)

// addressInUse finds the line in which a server reports that a bind failed, the first
// one that names a port where there is one, and the port in it, or 0.
func addressInUse(output []string) (line string, port int) {
	for _, text := range output {
		lower := strings.ToLower(text)
		if !bindFailed.MatchString(lower) {
			continue
		}
		if found := portIn(lower); line == "" || found > 0 {
			line, port = text, found
		}
		if port > 0 {
			break
		}
	}
	return line, port
}

// portIn finds a port in a line: the last number after a colon, or else one after
// the word port.
func portIn(line string) int {
	found := 0
	for i := 0; i < len(line); i++ {
		rest := ""
		if line[i] == ':' {
			rest = line[i+1:]
		} else if after, ok := strings.CutPrefix(line[i:], "port "); ok && found == 0 {
			rest = after
		}
		digits := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) })
		if digits < 0 {
			digits = len(rest)
		}
		if n, err := strconv.Atoi(rest[:digits]); err == nil && n > 0 && n <= 65535 {
			found = n
		}
	}
	return found
}

// CrashLoopFacts are the facts about a service that ended again and again.
type CrashLoopFacts struct {
	EndedFacts
	Times int  // in a row, without having been ready
	Waits bool // for a changed file
	Same  bool // it ended in the same way as the time before, which was reported
}

// CrashLoop reports that devrun has stopped restarting a service for now.
func CrashLoop(f CrashLoopFacts) Problem {
	p := f.problem(CodeCrashLoop)
	p.know("times", f.Times, "waits", f.Waits, "same", f.Same)
	if f.Same && f.Waits {
		p.Summary = called(f.Service) + " failed in the same way again; waiting for a change"
		p.Repeats = true
		p.try(restart(f.Service), "try again now")
		return p
	}
	p.Summary = fmt.Sprintf("%s ended %d times in a row before it was ready", called(f.Service), f.Times)
	p.fact("last time", fmt.Sprintf("%s, %s after its start", f.how(), text.Span(f.After)))
	f.explainStatus(&p)
	f.explainAddress(&p)
	f.explainRefused(&p)
	if f.Waits {
		p.fact("now", "devrun waits for a changed file before it tries again")
		p.try(restart(f.Service), "try again now")
	}
	f.alone(&p)
	p.try(explain(CodeCrashLoop), "other possible causes")
	return p
}

// BuildFacts are the facts about a failed build.
type BuildFacts struct {
	Service string
	Command []string
	Dir     string
	Status  int
	Signal  string
	Took    time.Duration
	Serving bool // the previous process keeps serving
	Home    string
	Output  []string
}

// BuildFailed explains how the command of build: failed.
func BuildFailed(f BuildFacts) Problem {
	p := Problem{Code: CodeBuildFailed, Status: statusBuild, Output: f.Output}
	how := EndedFacts{Status: f.Status, Signal: f.Signal}.how()
	p.Summary = fmt.Sprintf("the build of %s failed with %s", called(f.Service), how)
	p.know("service", f.Service, "exit_status", f.Status, "signal", f.Signal, "took_ms", int(f.Took.Milliseconds()),
		"command", secret.Args(f.Command), "serving", f.Serving)
	build := Shown(f.Command)
	if f.Dir != "" {
		build += ", in " + ShortenPath(f.Dir, f.Home)
	}
	p.fact("build", strings.TrimPrefix(build, ", "))
	p.fact("after", text.Span(f.Took))
	if f.Serving {
		p.fact("meanwhile", "the previous process keeps serving")
	}
	command := alone(f.Command)
	if command != "" && f.Dir != "" {
		command = "cd " + quote(f.Dir) + " && " + command
	}
	p.try(line(command), "build it by hand")
	p.try(explain(CodeBuildFailed), "when devrun builds, and what follows")
	return p
}

// Survivor is a process that a stop did not end.
type Survivor struct {
	PID  int
	Name string
	User string // empty: the same
	Mine bool
	Why  string // "it runs as another user"; empty: unknown
}

// UncleanStopFacts are the facts about what a stop left behind.
type UncleanStopFacts struct {
	Service   string
	Survivors []Survivor
	Port      int
	Bound     bool // some socket still has the port
	Holders   []Holder
	Now       time.Time
	Home      string
}

// UncleanStop names what survived the stop.
func UncleanStop(f UncleanStopFacts) Problem {
	p := Problem{Code: CodeUncleanStop, Status: statusUnclean}
	name := called(f.Service)
	switch n := len(f.Survivors); {
	case n > 0:
		p.Summary = fmt.Sprintf("%s of %s survived the stop", plural(n, "process", "processes"), name)
	case f.Bound:
		p.Summary = fmt.Sprintf("port %d of %s is still bound", f.Port, name)
	default:
		p.Summary = fmt.Sprintf("%s was not stopped cleanly", name)
	}
	survivors := make([]map[string]any, 0, len(f.Survivors))
	texts := make([]string, 0, len(f.Survivors))
	for _, s := range f.Survivors {
		survivors = append(survivors, map[string]any{"pid": s.PID, "name": s.Name, "user": s.User, "mine": s.Mine, "why": s.Why})
		texts = append(texts, s.describe())
	}
	p.know("service", f.Service, "port", f.Port, "bound", f.Bound, "survivors", survivors)
	p.facts("survived", texts)
	p.holders("held by", f.Holders, f.Now, f.Home)
	if f.Bound && len(f.Holders) == 0 {
		p.fact("held by", "unknown: no visible process has the port")
	}
	if f.Port > 0 {
		p.try(why(strconv.Itoa(f.Port)), "show what has the port")
	}
	p.try(devrun("doctor"), "find what devrun left behind")
	for _, s := range f.Survivors {
		if s.Mine && s.PID > 1 {
			p.try(line("kill -9 "+strconv.Itoa(s.PID)), "end it by force")
		}
	}
	return p
}

func (s Survivor) describe() string {
	text := Holder{PID: s.PID, Name: s.Name, User: s.User}.label()
	if s.User != "" {
		text += " of " + s.User
	}
	if s.Why == "" {
		return text + ", for an unknown reason"
	}
	return text + ": " + s.Why
}
