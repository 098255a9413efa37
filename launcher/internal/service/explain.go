package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/text"
)

// endedFacts collects the facts of a command that ended by itself.
func (s *Service) endedFacts() diag.EndedFacts {
	a, status := s.attempt, s.attempt.proc.Status()
	f := diag.EndedFacts{
		Service: s.svc.Name, Status: status.Code, After: time.Since(a.began), Port: s.hold.public.Port,
		Command: s.svc.Command, File: s.env.File, Output: a.tail.Lines(), Core: status.CoreDumped,
	}
	if kills, err := process.OOMKills(); err == nil {
		f.NoMemory = kills > a.oomKills && status.Signal == syscall.SIGKILL
	}
	if status.Signal != 0 {
		f.Signal = process.SignalName(status.Signal)
	}
	return f
}

func (s *Service) exitedEarlyProblem() *diag.Problem { return ref(diag.ExitedEarly(s.endedFacts())) }

func (s *Service) crashLoopProblem() *diag.Problem {
	return ref(diag.CrashLoop(diag.CrashLoopFacts{EndedFacts: s.endedFacts(), Times: s.pace.crashes, Waits: s.rules.Watch}))
}

// commandProblem explains a command that could not be run.
func (s *Service) commandProblem(argv []string, build bool, err error) *diag.Problem {
	var file *address.EnvFileError
	if errors.As(err, &file) {
		return &diag.Problem{Summary: err.Error(), Status: 2, Err: err}
	}
	var start *process.StartError
	if errors.As(err, &start) {
		if start.Op == process.OpChdir {
			return s.folderProblem(err)
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
		Service: s.svc.Name, Command: argv, Build: build, File: s.env.File, Dir: s.svc.Dir, Home: diag.Home(), Err: command,
	}
	if command.Kind == diag.NotFound {
		f.Nearest = diag.Nearest(command.Name, s.svc.Dir, s.env.Environ)
	}
	return ref(diag.CommandProblem(f))
}

// folderProblem explains a working folder that the service cannot be run in.
func (s *Service) folderProblem(err error) *diag.Problem {
	return &diag.Problem{
		Summary: "the working folder " + shorten(s.svc.Dir) + " does not exist or is not a folder", Status: 2, Err: err,
	}
}

// again is what a remedy runs: the command, or a service of a file by name.
func (s *Service) again() (command []string, service string) {
	if s.env.File != "" {
		return nil, s.svc.Name
	}
	return s.svc.Command, ""
}

func ref(p diag.Problem) *diag.Problem { return &p }

// internalProblem is devrun's own failure.
func internalProblem(err error) *diag.Problem {
	return &diag.Problem{Summary: err.Error(), Status: 1, Err: err}
}

// portProblem explains a port that could not be reserved.
func (s *Service) portProblem(err error) *diag.Problem {
	command, service := s.again()
	f := diag.PortInUseFacts{
		WantedBy: s.svc.Name, Pinned: s.hold.wanted.Pinned(), Command: command, Service: service,
		Now: time.Now(), Home: diag.Home(), Elevate: diag.Elevate(), Err: err,
	}
	if s.svc.Origin != "" {
		f.WantedBy += ", " + s.svc.Origin
	}
	var taken *port.TakenError
	var exhausted *port.ExhaustedError
	switch {
	case errors.As(err, &exhausted):
		f.Cause, f.Range = diag.PortRangeFull, s.hold.within().String()
		if errors.As(err, &taken) && exhausted.Tried == 1 {
			f.Holders = s.holders(taken)
		}
	case errors.As(err, &taken):
		holders.Refused(&f, taken)
		f.Holders = s.holders(taken)
		f.FreePort = s.freePort()
	default:
		return internalProblem(err)
	}
	return ref(diag.PortInUse(f))
}

// freePort returns the port that an automatic choice would take; 0 when that
// cannot be told.
func (s *Service) freePort() int {
	system, err := port.ReadSystem()
	if err != nil {
		return 0
	}
	for p := range port.Candidates(port.Dynamic(), system, s.candidateKey()) {
		if reservation, err := port.Reserve(p); err == nil {
			reservation.Close()
			return p
		}
	}
	return 0
}

// holders describes who has a port that could not be had.
func (s *Service) holders(taken *port.TakenError) []diag.Holder {
	return holders.New(s.env.Memory.Runs).Taken(taken)
}

// foreignProblem explains a listener on the service's port that is not its own.
func (s *Service) foreignProblem() *diag.Problem {
	command, _ := s.again()
	f := diag.PortForeignFacts{
		Service: s.svc.Name, Port: s.hold.public.Port, Addr: s.hold.public.Addr, Command: command,
		Now: time.Now(), Home: diag.Home(), Elevate: diag.Elevate(),
	}
	if !s.attempt.left {
		f.PID = s.attempt.proc.PID()
	}
	if owners, err := portowner.Lookup(s.hold.public.Port); err == nil {
		foreign := s.probe.verifier.last().foreign
		f.Holders = holders.New(s.env.Memory.Runs).Of(owners, func(socket portowner.Socket) bool { return portowner.HasInode(foreign, socket.Inode) })
	}
	return ref(diag.PortForeign(f))
}

// listeningFacts is what is known of where the service was told to listen.
func (s *Service) listeningFacts() diag.ListeningFacts {
	f := diag.ListeningFacts{
		Service: s.svc.Name, PID: s.attempt.proc.PID(), Port: s.hold.public.Port, Addr: s.hold.public.Addr, Command: s.svc.Command,
		File: s.env.File,
	}
	if s.framework != nil {
		f.Framework, f.Flag = s.framework.Framework.Name, s.framework.Framework.Hint()
	}
	return f
}

// elsewhereProblem names where the service listens instead of on its port; nil
// when it does not plainly do so.
func (s *Service) elsewhereProblem() *diag.Problem {
	if s.probe.verifier == nil {
		return nil
	}
	if seen := s.probe.verifier.last(); len(seen.own) > 0 {
		for _, socket := range seen.own {
			if socket.Serves(s.hold.public.Addr) {
				return nil
			}
		}
		f := s.listeningFacts()
		f.Found = portowner.LocalAddrs(seen.own)
		return ref(diag.ListeningOneFamily(f))
	}
	listening, err := s.probe.verifier.elsewhere()
	if err != nil || len(listening) == 0 {
		return nil
	}
	f := s.listeningFacts()
	f.Found, f.IgnoredPort, f.Adoptable = portowner.LocalAddrs(listening), true, !s.svc.Adopt
	return ref(diag.ListeningElsewhere(f))
}

// notListeningProblem says what a service does that has not become ready.
func (s *Service) notListeningProblem() *diag.Problem {
	f := diag.NotListeningFacts{
		ListeningFacts: s.listeningFacts(), Waiting: diag.WaitingStarting,
		After: time.Since(s.attempt.began), Check: describeChecks(s.probe.checks), Output: s.attempt.tail.Lines(),
	}
	if seen := s.probe.tried.Load(); seen != nil {
		f.Check += ": " + string(*seen)
	}
	switch {
	case s.probe.verifier == nil || len(s.probe.verifier.last().own) == 0:
	case allOf(ready.TCP, s.probe.checks):
		f.Waiting = diag.WaitingRefusing
	default:
		f.Waiting = diag.WaitingCheck
	}
	return ref(diag.NotListening(f))
}

// notInTimeProblem is the end of a wait with a deadline: where the service
// listens elsewhere that is what needs saying.
func (s *Service) notInTimeProblem(result ready.Result, limit time.Duration) *diag.Problem {
	if problem := s.elsewhereProblem(); problem != nil {
		return problem
	}
	if s.listensUnanswered() {
		if problem := holders.LoopbackProblem(context.Background(), s.hold.public.AddrPort()); problem != nil {
			problem.Status = 5
			return problem
		}
	}
	command, _ := s.again()
	return ref(diag.ReadyTimeout(diag.ReadyTimeoutFacts{
		Service: s.svc.Name, Port: s.hold.public.Port, Limit: limit, Check: describeChecks(result.Pending),
		Timeline: result.Timeline.String(), IsTCP: allOf(ready.TCP, result.Pending),
		Command: command, Output: s.attempt.tail.Lines(),
	}))
}

// wideProblem warns of a service that the network can reach without having
// been meant to; nil when there is nothing to warn of.
func (s *Service) wideProblem() *diag.Problem {
	if s.svc.Expose || s.hold.public.Wide() {
		return nil
	}
	var wide []portowner.Socket
	for _, socket := range s.probe.verifier.last().own {
		if !socket.Local.Addr().IsLoopback() {
			wide = append(wide, socket)
		}
	}
	if len(wide) == 0 {
		return nil
	}
	f := s.listeningFacts()
	f.Found = portowner.LocalAddrs(wide)
	return ref(diag.ListeningWide(f))
}

// uncleanProblem names what a stop has left; nil when it left nothing.
func (s *Service) uncleanProblem(result gone) *diag.Problem {
	if len(result.report.Survivors) == 0 && len(result.bound) == 0 {
		return nil
	}
	f := diag.UncleanStopFacts{
		Service: s.svc.Name, Port: s.hold.public.Port, Bound: len(result.bound) > 0, Now: time.Now(), Home: diag.Home(),
	}
	for _, member := range result.report.Survivors {
		survivor := diag.Survivor{PID: member.PID, Name: member.Name, Mine: true}
		if p, err := portowner.Describe(member.PID); err == nil && p.UID != os.Getuid() {
			survivor.User, survivor.Mine = p.User, false
			survivor.Why = "it runs as another user"
		}
		f.Survivors = append(f.Survivors, survivor)
	}
	if owners, err := portowner.Lookup(s.hold.public.Port); err == nil && f.Bound {
		f.Holders = holders.New(s.env.Memory.Runs).Of(owners, func(socket portowner.Socket) bool { return portowner.HasInode(result.bound, socket.Inode) })
	}
	return ref(diag.UncleanStop(f))
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
func (s *Service) overdueProblem() *diag.Problem {
	limit := s.env.Policy.TimeLimit
	if s.build.ended != nil {
		return &diag.Problem{
			Code: diag.CodeReadyTimeout, Status: 5, Output: s.build.tail.Lines(),
			Summary: fmt.Sprintf("%s was not ready within %s: its build was still running", s.svc.Name, text.Span(limit)),
			Facts:   []diag.Fact{{Label: "build", Text: diag.Shown(s.svc.Build)}},
		}
	}
	var result ready.Result
	if s.probe.ended != nil {
		s.probe.cancel()
		result = (<-s.probe.ended).result // at once: its context has ended
	}
	problem := s.notInTimeProblem(result, limit)
	for _, remedy := range problem.Remedies {
		for i := range remedy.Flags {
			if remedy.Flags[i].Name == "ready-timeout" {
				remedy.Flags[i].Name = "timeout"
			}
		}
	}
	return problem
}
