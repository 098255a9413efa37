package diag

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"devrun/config/secret"
)

// EndedFacts is what is known about a service that ended by itself.
type EndedFacts struct {
	Service  string
	Status   int    // exit status
	Signal   string // "SIGSEGV", where a signal ended it
	After    time.Duration
	Port     int
	Command  []string
	Output   []string // its last lines
	NoMemory bool     // the kernel has ended a process for want of memory meanwhile
	Core     bool     // the system has written a core dump
	Err      error
}

// how is "status 1" or "signal SIGSEGV".
func (f EndedFacts) how() string {
	if f.Signal != "" {
		return "signal " + f.Signal
	}
	return "status " + strconv.Itoa(f.Status)
}

func (f EndedFacts) problem(code Code) Problem {
	p := Problem{Code: code, Status: statusEnded, Output: f.Output, Err: f.Err}
	p.know("service", f.Service)
	p.know("port", f.Port)
	p.know("after_ms", int(f.After.Milliseconds()))
	p.know("signal", f.Signal)
	if f.Signal == "" {
		p.always("exit_status", f.Status)
	}
	return p
}

// ExitedEarly says how a service ended before it was ready.
func ExitedEarly(f EndedFacts) Problem {
	p := f.problem(CodeExitedEarly)
	p.Summary = fmt.Sprintf("%s ended with %s before it was ready", called(f.Service), f.how())
	p.fact("after", Span(f.After))
	f.explainStatus(&p)
	f.explainAddress(&p)
	f.alone(&p)
	if f.Service != "" {
		p.try("devrun logs "+quote(f.Service), "read all that it said")
	}
	p.try("devrun explain "+string(CodeExitedEarly), "what else can be the cause")
	return p
}

// explainStatus names what statuses and signals usually mean.
func (f EndedFacts) explainStatus(p *Problem) {
	switch {
	case f.Signal == "SIGKILL" && f.NoMemory:
		p.fact("means", "memory ran out: the kernel has just ended a process for want of it")
		p.always("out_of_memory", true)
	case f.Signal == "SIGKILL":
		p.fact("means", "it was killed from outside, for instance because memory ran out")
	case f.Signal == "SIGSEGV", f.Signal == "SIGBUS", f.Signal == "SIGABRT", f.Signal == "SIGILL":
		text := "it crashed by itself"
		if f.Core {
			text += "; the system has kept a core dump of it"
			p.always("core_dumped", true)
		}
		p.fact("means", text)
		if f.Core {
			p.try("coredumpctl info", "look at the dump, where systemd keeps it")
		}
	case f.Signal != "":
	case f.Status == 0:
		p.fact("means", "it was done, or it went to the background: devrun needs it in the foreground")
	case f.Status == statusNotFound:
		p.fact("means", "usually that something which it starts was not found")
	case f.Status == statusNoExec:
		p.fact("means", "usually that something which it starts cannot be executed")
	}
}

// explainAddress looks for "address already in use" in the service's last lines.
func (f EndedFacts) explainAddress(p *Problem) {
	line, port := addressInUse(f.Output)
	if line == "" {
		return
	}
	p.know("address_in_use", true)
	p.know("address_in_use_port", port)
	switch {
	case port == 0:
		p.fact("because", "it says that an address is in use")
		if f.Port > 0 {
			p.try("devrun why "+strconv.Itoa(f.Port), "see who has its port")
		}
	case port == f.Port:
		p.fact("because", fmt.Sprintf("it says that its port %d is in use", port))
		p.try("devrun why "+strconv.Itoa(port), "see who has it")
	default:
		p.fact("because", fmt.Sprintf("it asked for port %d, which is in use, not for its own %d", port, f.Port))
		p.try("devrun why "+strconv.Itoa(port), "see who has it")
		p.try(withFlag(f.Command, "--port {port}"), "tell it its port, if this is how it takes one")
	}
}

// alone offers to run the command without devrun.
func (f EndedFacts) alone(p *Problem) {
	line := alone(f.Command)
	if line != "" && f.Port > 0 {
		line = fmt.Sprintf("PORT=%d %s", f.Port, line)
	}
	p.try(line, "run it alone")
}

// addressInUse finds the line with which servers say that a bind failed, and the
// port in it, 0 where there is none.
func addressInUse(output []string) (line string, port int) {
	for _, line := range output {
		lower := strings.ToLower(stripEscapes(line))
		for _, text := range []string{"eaddrinuse", "address already in use", "address in use", "port is already allocated", "only one usage of each socket address"} {
			if strings.Contains(lower, text) {
				return line, portIn(lower)
			}
		}
	}
	return "", 0
}

// portIn finds a port in a line: the last number behind a colon, or else one
// behind the word port.
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

// CrashLoopFacts is what is known about a service that ended again and again.
type CrashLoopFacts struct {
	EndedFacts
	Times int // in a row, without having been ready
	Waits bool
}

// CrashLoop says that a service is not started again for now.
func CrashLoop(f CrashLoopFacts) Problem {
	p := f.problem(CodeCrashLoop)
	p.Summary = fmt.Sprintf("%s ended %d times in a row before it was ready", called(f.Service), f.Times)
	p.know("times", f.Times)
	p.fact("last time", fmt.Sprintf("%s, %s after its start", f.how(), Span(f.After)))
	f.explainStatus(&p)
	f.explainAddress(&p)
	if f.Waits {
		p.fact("now", "devrun waits for a changed file before it tries again")
		if f.Service != "" {
			p.try("devrun restart "+quote(f.Service), "try again now")
		}
	}
	f.alone(&p)
	p.try("devrun explain "+string(CodeCrashLoop), "what else can be the cause")
	return p
}

// BuildFacts is what is known about a build that failed.
type BuildFacts struct {
	Service string
	Command []string
	Dir     string
	Status  int
	Signal  string
	Took    time.Duration
	Serving bool // the process from before the change goes on serving
	Home    string
	Output  []string
	Err     error
}

// BuildFailed says how the command of build: ended.
func BuildFailed(f BuildFacts) Problem {
	p := Problem{Code: CodeBuildFailed, Status: statusBuild, Output: f.Output, Err: f.Err}
	how := EndedFacts{Status: f.Status, Signal: f.Signal}.how()
	p.Summary = fmt.Sprintf("the build of %s failed with %s", called(f.Service), how)
	p.know("service", f.Service)
	p.know("exit_status", f.Status)
	p.know("signal", f.Signal)
	p.know("took_ms", int(f.Took.Milliseconds()))
	p.know("command", secret.Args(f.Command))
	p.know("serving", f.Serving)
	text := Shown(f.Command)
	if f.Dir != "" {
		text += ", in " + ShortenPath(f.Dir, f.Home)
	}
	p.fact("build", strings.TrimPrefix(text, ", "))
	p.fact("after", Span(f.Took))
	if f.Serving {
		p.fact("meanwhile", "the process from before the change goes on serving")
	}
	line := alone(f.Command)
	if line != "" && f.Dir != "" {
		line = "cd " + quote(f.Dir) + " && " + line
	}
	p.try(line, "build by hand")
	p.try("devrun explain "+string(CodeBuildFailed), "when devrun builds, and what happens then")
	return p
}

// Survivor is a process that stopping did not end.
type Survivor struct {
	PID  int
	Name string
	User string // empty: the same
	Mine bool
	Why  string // "it runs as another user", "uninterruptible: it waits for a disk"; empty: unknown
	Hard bool   // even SIGKILL does not end it now
}

// UncleanStopFacts is what is known about what stopping left behind.
type UncleanStopFacts struct {
	Service   string
	Survivors []Survivor
	Port      int
	Bound     bool // somebody still has the port
	Holders   []Holder
	Now       time.Time
	Home      string
	Err       error
}

// UncleanStop says what survived.
func UncleanStop(f UncleanStopFacts) Problem {
	p := Problem{Code: CodeUncleanStop, Status: statusUnclean, Err: f.Err}
	name := called(f.Service)
	switch n := len(f.Survivors); {
	case n > 0:
		p.Summary = fmt.Sprintf("%s of %s survived the stop", plural(n, "process", "processes"), name)
	case f.Bound:
		p.Summary = fmt.Sprintf("port %d of %s is still bound", f.Port, name)
	default:
		p.Summary = fmt.Sprintf("%s was not stopped cleanly", name)
	}
	p.know("service", f.Service)
	p.know("port", f.Port)
	p.know("bound", f.Bound)
	survivors := make([]map[string]any, 0, len(f.Survivors))
	texts := make([]string, 0, len(f.Survivors))
	for _, s := range f.Survivors {
		survivors = append(survivors, map[string]any{"pid": s.PID, "name": s.Name, "user": s.User, "mine": s.Mine, "why": s.Why})
		texts = append(texts, s.describe())
	}
	p.know("survivors", survivors)
	p.know("holders", holdersEvidence(f.Holders))
	p.facts("survived", texts)
	p.holders("held by", f.Holders, f.Now, f.Home)
	if f.Bound && len(f.Holders) == 0 {
		p.fact("held by", "unknown: no process that can be seen here has the port")
	}
	if f.Port > 0 {
		p.try("devrun why "+strconv.Itoa(f.Port), "see who has the port")
	}
	p.try("devrun doctor", "look for what devrun left behind")
	for _, s := range f.Survivors {
		if s.Mine && !s.Hard && s.PID > 1 {
			p.try("kill -9 "+strconv.Itoa(s.PID), "end it by force")
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
		return text + ", why is unknown"
	}
	return text + ": " + s.Why
}
