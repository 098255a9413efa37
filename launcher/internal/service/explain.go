package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"devrun/config/dotenv"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/text"
)

// endedFacts collects the facts of a command that ended by itself.
func endedFacts(a *attempt) diag.EndedFacts {
	b, status := a.base, a.proc.Status()
	f := diag.EndedFacts{
		Service: b.svc.Name, Status: status.Code, After: time.Since(a.began), Port: b.public.Port,
		Command: b.svc.Command, Ran: a.argv, Passed: framework.Pass(b.svc.Command, b.svc.Dir),
		File: b.env.File, Output: a.tail.Lines(), Core: status.CoreDumped, Rivals: a.rivals,
	}
	if v := a.witness.Load(); v != nil && status.Success() && !v.everOwn() {
		f.Silent, f.Unserved = v.asked, framework.Unserved(b.svc.Command, b.svc.Dir)
	}
	f.Refused = refusedAt(b, diag.RefusedIn(f.Output))
	if kills, err := process.OOMKills(); err == nil {
		f.NoMemory = kills > a.oomKills && status.Signal == syscall.SIGKILL
	}
	if status.Signal != 0 {
		f.Signal = process.SignalName(status.Signal)
	}
	return f
}

func exitedEarlyProblem(a *attempt) *diag.Problem { return new(diag.ExitedEarly(endedFacts(a))) }

// commandProblem explains a command that could not be run.
func commandProblem(b *base, argv []string, build bool, err error) *diag.Problem {
	if file, ok := errors.AsType[*dotenv.Error](err); ok {
		return envFileProblem(b, file)
	}
	if start, ok := errors.AsType[*process.StartError](err); ok {
		if start.Op == process.OpChdir {
			return folderProblem(b, err)
		}
		// The kernel says next to nothing of why: the file itself tells.
		if found := diag.InspectExecutable(start.Path); found != nil {
			err = found
		}
	}
	var command *diag.CommandError
	if !errors.As(err, &command) {
		return internalProblem(err)
	}
	f := diag.CommandFacts{
		Service: b.svc.Name, Command: argv, Build: build, File: b.env.File, Dir: b.svc.Dir, Home: diag.Home(), Err: command,
	}
	if build {
		f.Builds = b.svc.Command
	}
	env, _, _ := b.environ(b.around()) // it was found, or err would say so
	f.Search(env, b.env.Environ)
	return new(diag.CommandProblem(f))
}

// folderProblem explains a working folder that the service cannot be run in.
func folderProblem(b *base, err error) *diag.Problem {
	return &diag.Problem{
		Summary: "the working folder " + shorten(b.svc.Dir) + " does not exist or is not a folder", Status: 2, Err: err,
	}
}

// internalProblem is devrun's own failure.
func internalProblem(err error) *diag.Problem {
	return &diag.Problem{Summary: err.Error(), Status: 1, Err: err}
}

// tornProblem explains a port that was asked for where the command names another.
func tornProblem(h *holding) *diag.Problem {
	command, service := h.again()
	return new(diag.PortFixed(diag.PortFixedFacts{
		Service: h.svc.Name, Port: h.wanted.Number, Fixed: h.fixedWords(), Origin: h.svc.Origin, Command: command, Again: service,
	}))
}

// portProblem explains a port that could not be reserved.
func portProblem(h *holding, err error) *diag.Problem {
	command, service := h.again()
	f := diag.PortInUseFacts{
		WantedBy: h.svc.Name, Pinned: h.wanted.Pinned(), Command: command, Service: service, Fixed: h.fixedWords(),
		Now: time.Now(), Home: diag.Home(), Elevate: diag.Elevate(), Err: err,
	}
	if h.svc.Origin != "" {
		f.WantedBy += ", " + h.svc.Origin
	}
	var taken *port.TakenError
	var exhausted *port.ExhaustedError
	switch {
	case errors.As(err, &exhausted):
		f.Cause, f.Range = diag.PortRangeFull, h.within().String()
		if errors.As(err, &taken) && exhausted.Tried == 1 {
			f.Holders = takers(h, taken)
		}
	case errors.As(err, &taken):
		holders.Refused(&f, taken)
		f.Holders = takers(h, taken)
		f.FreePort = freePort(h)
	default:
		return internalProblem(err)
	}
	return new(diag.PortInUse(f))
}

// freePort returns the port that an automatic choice would take; 0 when that
// cannot be told.
func freePort(h *holding) int {
	system, err := port.ReadSystem()
	if err != nil {
		return 0
	}
	for p := range port.Candidates(port.Dynamic(), system, h.candidateKey()) {
		if reservation, err := port.Reserve(p); err == nil {
			reservation.Close()
			return p
		}
	}
	return 0
}

// takers describes who has a port that could not be had.
func takers(h *holding, taken *port.TakenError) []diag.Holder {
	return holders.New(h.env.Memory.Runs).Taken(taken)
}

// foreignProblem explains a listener on the service's port that is not its own.
func foreignProblem(p *probing) *diag.Problem {
	command, _ := p.again()
	f := diag.PortForeignFacts{
		Service: p.svc.Name, Port: p.public.Port, Addr: p.public.Asked().Addr, Command: command, Fixed: p.fixedBy,
		Now: time.Now(), Home: diag.Home(), Elevate: diag.Elevate(),
	}
	if !p.attempt.left {
		f.PID = p.attempt.proc.PID()
	}
	if owners, err := portowner.Lookup(p.public.Port); err == nil {
		foreign := p.verifier.last().foreign
		f.Holders = holders.New(p.env.Memory.Runs).Of(owners, func(socket portowner.Socket) bool { return portowner.HasInode(foreign, socket.Inode) })
	}
	return new(diag.PortForeign(f))
}

// listeningFacts is what is known of where the service was told to listen.
func listeningFacts(p *probing) diag.ListeningFacts {
	f := diag.ListeningFacts{
		Service: p.svc.Name, PID: p.attempt.proc.PID(), Port: p.public.Port, Addr: p.public.Asked().Addr, Command: p.svc.Command,
		File: p.env.File, Fixed: p.fixedWords(),
	}
	if p.framework != nil {
		f.Framework, f.Flag = p.framework.Framework.Name, p.framework.Framework.Hint()
	}
	f.Passed, f.Unhidden = framework.Pass(p.svc.Command, p.svc.Dir), framework.Unhide(p.svc.Command, p.svc.Dir)
	return f
}

// elsewhereProblem names where the service listens instead of on its port; nil
// when it does not plainly do so.
func elsewhereProblem(p *probing) *diag.Problem {
	if p.verifier == nil {
		return nil
	}
	if seen := p.verifier.last(); len(seen.own) > 0 {
		if seen.at.IsValid() {
			return nil
		}
		f := listeningFacts(p)
		f.Found = portowner.LocalAddrs(seen.own)
		return new(diag.ListeningOneFamily(f))
	}
	listening, err := p.elsewhere()
	if err != nil || len(listening) == 0 {
		return nil
	}
	f := listeningFacts(p)
	f.Found, f.IgnoredPort, f.Adoptable = portowner.LocalAddrs(listening), true, !p.svc.Adopt
	if p.framework == nil {
		kind := p.kindElsewhere()
		f.Inner, f.InnerFlag = kind.Name, kind.Hint()
	}
	return new(diag.ListeningElsewhere(f))
}

// notListeningProblem says what a service does that has not become ready.
func notListeningProblem(p *probing) *diag.Problem {
	f := diag.NotListeningFacts{
		ListeningFacts: listeningFacts(p), Waiting: diag.WaitingStarting,
		After: time.Since(p.attempt.began), Check: describeChecks(p.checks), Output: p.attempt.tail.Lines(),
	}
	if seen := p.tried.Load(); seen != nil {
		f.Check += ": " + string(*seen)
	}
	switch {
	case p.saysTLS():
		f.Waiting, f.AsksOver = diag.WaitingTLS, overTLS(p.checks)
	case p.verifier == nil:
	case len(p.verifier.last().own) == 0:
		if f.Unix = p.verifier.unixSockets(); len(f.Unix) > 0 {
			f.Waiting = diag.WaitingUnix
		}
	case allOf(ready.TCP, p.checks) && !p.saysStarting():
		f.Waiting = diag.WaitingRefusing
	default:
		f.Waiting = diag.WaitingCheck
	}
	return new(diag.NotListening(f))
}

// notInTimeProblem is the end of a wait with a deadline: where the service
// listens elsewhere that is what needs saying.
func notInTimeProblem(p *probing, result ready.Result, limit time.Duration) *diag.Problem {
	if problem := elsewhereProblem(p); problem != nil {
		if named := p.named; named != nil && named.Summary == problem.Summary && !p.env.Policy.Once {
			problem.Summary = fmt.Sprintf("%s was not ready within %s, for the reason above", p.svc.Name, text.Span(limit))
			problem.Facts, problem.Remedies = nil, nil
			return problem
		}
		problem.Asked(p.svc.Name) // it ends now
		return problem
	}
	if p.listensUnanswered() {
		if problem := holders.LoopbackProblem(context.Background(), p.verifier.reached()); problem != nil {
			problem.Status = 5
			return problem
		}
	}
	command, _ := p.again()
	over := ""
	if p.saysTLS() {
		over = overTLS(result.Pending)
	}
	var onUnix []string
	if p.verifier != nil && len(p.verifier.last().own) == 0 {
		onUnix = p.verifier.unixSockets()
	}
	return new(diag.ReadyTimeout(diag.ReadyTimeoutFacts{
		AsksOver: over, File: p.env.File, Unix: onUnix,
		Service: p.svc.Name, Port: p.public.Port, Limit: limit, Check: describeChecks(result.Pending),
		Timeline: result.Timeline.String(), IsTCP: allOf(ready.TCP, result.Pending),
		Command: command, Output: p.attempt.tail.Lines(),
	}))
}

// wideProblem warns of a service that the network can reach without having
// been meant to; nil when there is nothing to warn of.
func wideProblem(p *probing) *diag.Problem {
	if p.svc.Expose || p.public.Wide() {
		return nil
	}
	wide := slices.DeleteFunc(slices.Clone(p.verifier.last().own), func(s portowner.Socket) bool { return s.Local.Addr().IsLoopback() })
	if len(wide) == 0 {
		return nil
	}
	f := listeningFacts(p)
	f.Found = portowner.LocalAddrs(wide)
	if f.Program = p.svc.Command[0]; f.Program != "go" {
		if listener, err := portowner.Describe(p.listenerPID()); err == nil {
			f.Program = strings.TrimRight(filepath.Base(listener.Exe), ".0123456789")
		}
	}
	if p.framework != nil {
		if host := p.framework.HostWords(); len(host) > 0 {
			f.Bound = framework.Append(p.svc.Command, p.svc.Dir, host...)
		}
	}
	return new(diag.ListeningWide(f))
}

// uncleanProblem names what a stop has left; nil when it left nothing.
func uncleanProblem(b *base, result gone) *diag.Problem {
	if len(result.report.Survivors) == 0 && len(result.bound) == 0 {
		return nil
	}
	f := diag.UncleanStopFacts{
		Service: b.svc.Name, Port: b.public.Port, Bound: len(result.bound) > 0, Now: time.Now(), Home: diag.Home(),
	}
	for _, member := range result.report.Survivors {
		survivor := diag.Survivor{PID: member.PID, Name: member.Name, Mine: true}
		if p, err := portowner.Describe(member.PID); err == nil && p.UID != os.Getuid() {
			survivor.User, survivor.Mine = p.User, false
			survivor.Why = "it runs as another user"
		}
		f.Survivors = append(f.Survivors, survivor)
	}
	if owners, err := portowner.Lookup(b.public.Port); err == nil && f.Bound {
		f.Holders = holders.New(b.env.Memory.Runs).Of(owners, func(socket portowner.Socket) bool { return portowner.HasInode(result.bound, socket.Inode) })
	}
	return new(diag.UncleanStop(f))
}

// shorten is a path as people read it.
func shorten(path string) string { return diag.ShortenPath(path, diag.Home()) }

// describeChecks names checks for a message.
func describeChecks(checks []ready.Check) string {
	words := make([]string, len(checks))
	for i, check := range checks {
		words[i] = check.String()
	}
	return strings.Join(words, ", ")
}

// overdueProblem explains a service that was not ready in the time of the smoke
// run.
func overdueProblem(p *probing) *diag.Problem {
	problem := notInTimeProblem(p, p.seen, p.env.Policy.TimeLimit)
	for _, remedy := range problem.Remedies {
		for i := range remedy.Flags {
			if remedy.Flags[i].Name == "ready-timeout" {
				remedy.Flags[i].Name = "timeout"
			}
		}
	}
	return problem
}

// slowBuildProblem explains a build that was not done in the time of the smoke
// run.
func slowBuildProblem(b *building) *diag.Problem {
	return &diag.Problem{
		Code: diag.CodeReadyTimeout, Status: 5, Output: b.tail.Lines(),
		Summary: fmt.Sprintf("%s was not ready within %s: its build was still running", b.svc.Name, text.Span(b.env.Policy.TimeLimit)),
		Facts:   []diag.Fact{{Label: "build", Text: diag.Shown(b.shownBuild())}},
	}
}
