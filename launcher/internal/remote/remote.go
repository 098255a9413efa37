package remote

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/control"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/text"
)

const (
	// askTime bounds a request to another devrun, which answers within
	// milliseconds.
	askTime = 2 * time.Second
	// beginTime is how long a run may take from its record to its socket, which is
	// looked for every beginStep.
	beginTime = 5 * time.Second
	beginStep = 20 * time.Millisecond
	// closedTime is how long a run may take from the end of its socket to its own.
	closedTime = 5 * time.Second
	// The end of another devrun is looked for at first after soonest, and then
	// ever more rarely.
	soonest, latest = 5 * time.Millisecond, 100 * time.Millisecond
)

// errSilent is the cause with which a request ends that was not answered.
var errSilent = errors.New("it has not answered within " + text.Span(askTime))

// SuspendedError is the error for a devrun that is stopped, as by Ctrl-Z, and so
// carries out no request.
type SuspendedError struct{ PID int }

func (e *SuspendedError) Error() string {
	return "it is suspended (Ctrl-Z, or SIGSTOP) and carries out nothing until it is continued"
}

// Try returns the line that continues the devrun.
func (e *SuspendedError) Try() string {
	return fmt.Sprintf("kill -CONT %d   # or type fg in its shell", e.PID)
}

// Runs returns every live run of this user, the oldest first, each by its own
// answer. One that does not answer is returned as it is recorded. The error is
// that of runs.Folder's List.
func Runs(ctx context.Context, stateDir string) ([]RunStatus, error) {
	memory, _ := runs.Peek(stateDir) // its error is about the ports
	records, err := memory.Runs.Live()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	list := make([]RunStatus, len(records))
	var asking sync.WaitGroup
	for i, rec := range records {
		// Ends with the answer, or with ctx.
		asking.Go(func() {
			st, err := status(ctx, memory.Runs, rec)
			if err != nil {
				st = recorded(rec, err)
			}
			list[i] = st
		})
	}
	asking.Wait()
	return list, err
}

// Recorded returns the live runs of this user as they are recorded, without
// asking them.
func Recorded(stateDir string) []RunStatus {
	memory, _ := runs.Peek(stateDir)
	records, _ := memory.Runs.Live()
	list := make([]RunStatus, len(records))
	for i, rec := range records {
		list[i] = recorded(rec, nil)
	}
	return list
}

// status asks a run for its status.
func status(ctx context.Context, folder *runs.Folder, rec runs.Record) (RunStatus, error) {
	var st RunStatus
	err := ask(ctx, folder, rec, control.Request{Op: OpStatus}, &st)
	return st, err
}

// ask sends a request to a run and decodes the answer into answer, which may be
// nil. One that has just begun does not listen yet, which is waited for. The error for
// a run that is suspended is a *SuspendedError.
func ask(ctx context.Context, folder *runs.Folder, rec runs.Record, req control.Request, answer any) error {
	for {
		err := askOnce(ctx, folder, rec, req, answer)
		if !errors.Is(err, control.ErrNotRunning) || rec.Smoke || time.Since(rec.Started) > beginTime || !rec.Alive() {
			return err
		}
		select {
		case <-time.After(beginStep):
		case <-ctx.Done():
			return err
		}
	}
}

func askOnce(ctx context.Context, folder *runs.Folder, rec runs.Record, req control.Request, answer any) error {
	if rec.Suspended() {
		return &SuspendedError{rec.PID}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, askTime, errSilent)
	defer cancel()
	err := control.Ask(ctx, folder.Socket(rec.ID), req, answer)
	if errors.Is(err, errSilent) && rec.Suspended() { // meanwhile
		return &SuspendedError{rec.PID}
	}
	return err
}

// Restart makes a run restart services, or start those that have ended.
func Restart(ctx context.Context, stateDir, runID string, services []string) error {
	folder, rec, err := find(stateDir, runID)
	if err == nil {
		err = ask(ctx, folder, rec, control.Request{Op: OpRestart, Services: services}, nil)
	}
	return err
}

// Stop makes a run stop services, all of them and itself for none, and returns
// when they have ended. The error is the cause of ctx when that ends before.
func Stop(ctx context.Context, stateDir, runID string, services []string) error {
	folder, rec, err := find(stateDir, runID)
	switch {
	case len(services) == 0 && errors.Is(err, errEnded):
		return nil
	case err != nil:
		return err
	case len(services) == 0:
		return End(ctx, folder, rec)
	}
	if err := ask(ctx, folder, rec, control.Request{Op: OpStop, Services: services}, nil); err != nil {
		return err
	}
	return poll(ctx, rec, func() bool { return over(ctx, folder, rec, services) })
}

// End makes a run end and returns when it has. The error is the cause of ctx
// when that ends before.
func End(ctx context.Context, folder *runs.Folder, rec runs.Record) error {
	err := ask(ctx, folder, rec, control.Request{Op: OpStop}, nil)
	if errors.Is(err, control.ErrNotRunning) || errors.Is(err, control.ErrEnded) {
		// Most likely its end has begun, with that of its socket.
		limited, cancel := context.WithTimeoutCause(ctx, closedTime, err)
		defer cancel()
		ctx, err = limited, nil
	}
	if err != nil {
		return err
	}
	return poll(ctx, rec, func() bool { return gone(folder, rec) })
}

// gone reports whether a run has ended: its devrun has, or has removed the record
// as the last thing that it does.
func gone(folder *runs.Folder, rec runs.Record) bool {
	_, err := folder.Get(rec.ID)
	return errors.Is(err, fs.ErrNotExist) || !rec.Alive()
}

// over reports whether services of a run have ended for good. It asks the run
// only once its record names no process of theirs: an answer takes the run a
// look at every process.
func over(ctx context.Context, folder *runs.Folder, rec runs.Record, services []string) bool {
	if gone(folder, rec) {
		return true
	}
	now, err := folder.Get(rec.ID)
	if err != nil || slices.ContainsFunc(now.Services, func(s runs.Service) bool {
		return slices.Contains(services, s.Name) && s.Current()
	}) {
		return false
	}
	st, err := status(ctx, folder, rec)
	return err == nil && !slices.ContainsFunc(st.Services, func(s ServiceStatus) bool {
		return slices.Contains(services, s.Name) && !s.State.Over()
	})
}

// poll calls done until it returns true or ctx ends, whose cause it returns, or the
// run is suspended. The pause grows with the time that has passed, to a tenth of it.
func poll(ctx context.Context, rec runs.Record, done func() bool) error {
	began := time.Now()
	for !done() {
		if rec.Suspended() {
			return &SuspendedError{rec.PID}
		}
		select {
		case <-time.After(min(max(soonest, time.Since(began)/10), latest)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

var errEnded = errors.New("that devrun has ended")

// find returns the record of a live run; errEnded is its error.
func find(stateDir, runID string) (*runs.Folder, runs.Record, error) {
	memory, _ := runs.Peek(stateDir)
	rec, err := memory.Runs.Get(runID)
	if err != nil || !rec.Alive() {
		return nil, rec, errEnded
	}
	return memory.Runs, rec, nil
}
