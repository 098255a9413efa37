package smoke

import (
	"context"
	"errors"
	"time"

	"devrun/launcher"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

const (
	// auditTime is what the kernel has to finish with what has ended.
	auditTime  = 200 * time.Millisecond
	auditAgain = 5 * time.Millisecond
)

// audit looks for what the stop has left: a process, or a port that cannot be
// had. What is left of the processes is killed, and told of all the same.
func (s *Smoke) audit(outcome launcher.Outcome) *diag.Problem {
	if p := outcome.Problem; p != nil && p.Status == statusUnclean {
		return p
	}
	if p := s.auditProcesses(); p != nil {
		return p
	}
	for _, w := range s.watched {
		if w.Port == 0 {
			continue
		}
		if p := s.auditPort(w.Name, w.Port); p != nil {
			return p
		}
	}
	return nil
}

func (s *Smoke) auditProcesses() *diag.Problem {
	var left []process.Member
	for deadline := time.Now().Add(auditTime); ; time.Sleep(auditAgain) {
		var err error
		left, err = s.run.Reaper().Remaining()
		if err != nil || len(left) == 0 {
			return nil // with an error this system does not tell
		}
		if time.Now().After(deadline) {
			break
		}
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, _ = process.EndLeftovers(now, runs.Mark(s.run.ID()), nil)
	f := diag.UncleanStopFacts{Now: time.Now(), Home: diag.Home()}
	for _, member := range left {
		f.Survivors = append(f.Survivors, diag.Survivor{PID: member.PID, Name: member.Name, Mine: true})
	}
	return new(diag.UncleanStop(f))
}

// auditPort takes the port as anybody could, and lets go of it. Another devrun
// may have been given it meanwhile.
func (s *Smoke) auditPort(service string, number int) *diag.Problem {
	for deadline := time.Now().Add(auditTime); ; time.Sleep(auditAgain) {
		reservation, err := port.Reserve(number)
		if err == nil {
			reservation.Close()
			return nil
		}
		var taken *port.TakenError
		if !errors.As(err, &taken) {
			return nil // it cannot be tried here
		}
		if _, ok := s.run.Memory().Runs.Of(taken.HolderPID); ok {
			return nil
		}
		if time.Now().After(deadline) {
			return new(diag.UncleanStop(diag.UncleanStopFacts{
				Service: service, Port: number, Bound: true, Now: time.Now(), Home: diag.Home(),
				Holders: holders.New(s.run.Memory().Runs).Taken(taken),
			}))
		}
	}
}
