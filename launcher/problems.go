package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
)

// ended collects what is known about a service that ended by itself.
func (s *Supervisor) endedFacts(a *attempt, status process.Status) diag.EndedFacts {
	f := diag.EndedFacts{
		Service: s.svc.Name, Status: status.Code, After: time.Since(a.began), Port: s.endpoint.Port,
		Command: s.svc.Command, File: s.run.opts.File, Output: a.tail.Lines(), Core: status.CoreDumped,
	}
	if kills, err := process.OOMKills(); err == nil {
		f.NoMemory = kills > s.oomKills && status.Signal == syscall.SIGKILL
		s.oomKills = kills
	}
	if status.Signal != 0 {
		f.Signal = process.SignalName(status.Signal)
	}
	return f
}

func (s *Supervisor) exitedEarlyProblem(a *attempt, status process.Status) *diag.Problem {
	p := diag.ExitedEarly(s.endedFacts(a, status))
	return &p
}

func (s *Supervisor) crashLoopProblem(a *attempt, status process.Status) *diag.Problem {
	p := diag.CrashLoop(diag.CrashLoopFacts{EndedFacts: s.endedFacts(a, status), Times: s.crashes, Waits: s.watcher != nil})
	return &p
}

// commandProblem explains a service's command that could not be run.
func (s *Supervisor) commandProblem(err error) *diag.Problem {
	return s.commandProblemOf(s.svc.Command, false, err)
}

// commandProblemOf explains a command that could not be run.
func (s *Supervisor) commandProblemOf(argv []string, build bool, err error) *diag.Problem {
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
		Service: s.svc.Name, Command: argv, Build: build, File: s.run.opts.File, Dir: s.svc.Dir, Home: home(), Err: command,
	}
	if command.Kind == diag.NotFound {
		f.Search(s.run.opts.Environ)
	}
	return problemOf(diag.CommandProblem(f))
}

// folderProblem explains a working folder that the service cannot be run in.
func (s *Supervisor) folderProblem(err error) *diag.Problem {
	return &diag.Problem{
		Summary: "the working folder " + diag.ShortenPath(s.svc.Dir, home()) + " is gone or is no folder", Status: 2, Err: err,
	}
}

// again is what a remedy runs anew: the command, or a service of a file by name.
func (s *Supervisor) again() (command []string, service string) {
	if s.run.opts.File != "" {
		return nil, s.svc.Name
	}
	return s.svc.Command, ""
}

func problemOf(p diag.Problem) *diag.Problem { return &p }

// internalProblem is devrun's own failure.
func internalProblem(err error) *diag.Problem {
	return &diag.Problem{Summary: err.Error(), Status: 1, Err: err}
}

// portProblem explains a port that could not be reserved.
func (s *Supervisor) portProblem(err error) *diag.Problem {
	command, service := s.again()
	f := diag.PortInUseFacts{
		WantedBy: s.svc.Name, Pinned: s.svc.Port.Pinned(), Command: command, Service: service,
		Now: time.Now(), Home: home(), Elevate: elevate(), Err: err,
	}
	if s.svc.Origin != "" {
		f.WantedBy += ", " + s.svc.Origin
	}
	var taken *port.TakenError
	var exhausted *port.ExhaustedError
	switch {
	case errors.As(err, &exhausted):
		f.Cause, f.Range = diag.PortRangeFull, s.portRange().String()
		if errors.As(err, &taken) && exhausted.Tried == 1 {
			f.Holders = s.holders(taken)
		}
	case errors.As(err, &taken):
		refuse(&f, taken)
		f.Holders = s.holders(taken)
		f.FreePort = s.freePort()
	default:
		return internalProblem(err)
	}
	return problemOf(diag.PortInUse(f))
}

// freePort returns the port that an automatic choice would take; 0 when that
// cannot be told.
func (s *Supervisor) freePort() int {
	candidates, err := s.candidates(port.Dynamic())
	if err != nil {
		return 0
	}
	for p := range candidates {
		if reservation, err := port.Reserve(p); err == nil {
			reservation.Close()
			return p
		}
	}
	return 0
}

// holders describes who has a port that could not be had.
func (s *Supervisor) holders(taken *port.TakenError) []diag.Holder {
	return s.run.memory.onlooker().taken(taken)
}

// foreignProblem explains a listener on the service's port that is not its own.
func (s *Supervisor) foreignProblem(a *attempt) *diag.Problem {
	command, _ := s.again()
	f := diag.PortForeignFacts{
		Service: s.svc.Name, Port: s.endpoint.Port, Addr: s.endpoint.Addr, Command: command,
		Now: time.Now(), Home: home(), Elevate: elevate(),
	}
	if a.exited != nil {
		f.PID = a.proc.PID()
	}
	if owners, err := portowner.Lookup(s.endpoint.Port); err == nil {
		foreign := a.verifier.last().foreign
		f.Holders = s.run.memory.onlooker().holders(owners, func(socket portowner.Socket) bool { return portowner.HasInode(foreign, socket.Inode) })
	}
	return problemOf(diag.PortForeign(f))
}

// listeningFacts is what is known of where the service was told to listen.
func (s *Supervisor) listeningFacts(a *attempt) diag.ListeningFacts {
	f := diag.ListeningFacts{
		Service: s.svc.Name, PID: a.proc.PID(), Port: s.endpoint.Port, Addr: s.endpoint.Addr, Command: s.svc.Command,
		File: s.run.opts.File,
	}
	if s.framework != nil {
		f.Framework, f.Flag = s.framework.Framework.Name, s.framework.Framework.Hint()
	}
	return f
}

// elsewhereProblem names where the service listens instead of on its port; nil
// when it does not plainly do so.
func (s *Supervisor) elsewhereProblem(a *attempt) *diag.Problem {
	if a.verifier == nil {
		return nil
	}
	if seen := a.verifier.last(); len(seen.own) > 0 {
		for _, socket := range seen.own {
			if socket.Serves(s.endpoint.Addr) {
				return nil
			}
		}
		f := s.listeningFacts(a)
		f.Found = portowner.LocalAddrs(seen.own)
		return problemOf(diag.ListeningOneFamily(f))
	}
	listening, err := a.verifier.elsewhere()
	if err != nil || len(listening) == 0 {
		return nil
	}
	f := s.listeningFacts(a)
	f.Found, f.IgnoredPort, f.Adoptable = portowner.LocalAddrs(listening), true, !s.svc.Adopt
	return problemOf(diag.ListeningElsewhere(f))
}

// notListeningProblem says what a service does that has not become ready.
func (s *Supervisor) notListeningProblem(a *attempt) *diag.Problem {
	f := diag.NotListeningFacts{
		ListeningFacts: s.listeningFacts(a), Waiting: diag.WaitingStarting,
		After: time.Since(a.began), Check: describeChecks(s.checks), Output: a.tail.Lines(),
	}
	if seen := a.lastAttempt.Load(); seen != nil {
		f.Check += ": " + string(*seen)
	}
	switch {
	case a.verifier == nil || len(a.verifier.last().own) == 0:
	case only(ready.TCP, s.checks):
		f.Waiting = diag.WaitingRefusing
	default:
		f.Waiting = diag.WaitingCheck
	}
	return problemOf(diag.NotListening(f))
}

// notInTimeProblem is the end of a wait with a deadline: where the service
// listens elsewhere that is what needs saying.
func (s *Supervisor) notInTimeProblem(a *attempt, result ready.Result) *diag.Problem {
	if problem := s.elsewhereProblem(a); problem != nil {
		return problem
	}
	if a.listensUnanswered() {
		if problem := loopbackProblem(context.Background(), s.endpoint.addrPort()); problem != nil {
			problem.Status = 5
			return problem
		}
	}
	command, _ := s.again()
	return problemOf(diag.ReadyTimeout(diag.ReadyTimeoutFacts{
		Service: s.svc.Name, Port: s.endpoint.Port, Limit: s.svc.Ready.Timeout, Check: describeChecks(result.Pending),
		Timeline: result.Timeline.String(), IsTCP: only(ready.TCP, result.Pending),
		Command: command, Output: a.tail.Lines(),
	}))
}

// wideProblem warns of a service that the network can reach without having
// been meant to; nil when there is nothing to warn of.
func (s *Supervisor) wideProblem(a *attempt) *diag.Problem {
	if s.svc.Expose || s.endpoint.wide() {
		return nil
	}
	var wide []portowner.Socket
	for _, socket := range a.verifier.last().own {
		if !socket.Local.Addr().IsLoopback() {
			wide = append(wide, socket)
		}
	}
	if len(wide) == 0 {
		return nil
	}
	f := s.listeningFacts(a)
	f.Found = portowner.LocalAddrs(wide)
	return problemOf(diag.ListeningWide(f))
}

// uncleanProblem names what a stop has left; nil when it left nothing.
func (s *Supervisor) uncleanProblem(result stopResult) *diag.Problem {
	if len(result.report.Survivors) == 0 && len(result.bound) == 0 {
		return nil
	}
	f := diag.UncleanStopFacts{
		Service: s.svc.Name, Port: s.endpoint.Port, Bound: len(result.bound) > 0, Now: time.Now(), Home: home(),
	}
	for _, member := range result.report.Survivors {
		survivor := diag.Survivor{PID: member.PID, Name: member.Name, Mine: true}
		if p, err := portowner.Describe(member.PID); err == nil && p.UID != os.Getuid() {
			survivor.User, survivor.Mine = p.User, false
			survivor.Why = "it runs as another user"
		}
		f.Survivors = append(f.Survivors, survivor)
	}
	if owners, err := portowner.Lookup(s.endpoint.Port); err == nil && f.Bound {
		f.Holders = s.run.memory.onlooker().holders(owners, func(socket portowner.Socket) bool { return portowner.HasInode(result.bound, socket.Inode) })
	}
	return problemOf(diag.UncleanStop(f))
}

// home is the user's home folder, "" when unknown.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return dir
}

// names lists processes for a sentence.
func names(members []process.Member) string {
	text := ""
	for i, m := range members {
		if i == 3 {
			return text + fmt.Sprintf(" and %d more", len(members)-i)
		}
		if i > 0 && i == len(members)-1 {
			text += " and "
		} else if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s (pid %d)", m.Name, m.PID)
	}
	return text
}
