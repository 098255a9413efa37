package launcher

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/control"
	"devrun/launcher/internal/state"
)

const (
	// askTime bounds a request to another devrun, which answers within
	// milliseconds.
	askTime = 2 * time.Second
	// askAgain is how often askStop looks for the end of another devrun.
	askAgain = 5 * time.Millisecond
)

// Runs returns every live run of this user, the oldest first, as each reports
// itself. A run that does not answer is returned as recorded.
func Runs(ctx context.Context, stateDir string) ([]RunStatus, error) {
	memory, records, err := liveRecords(stateDir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	runs := make([]RunStatus, len(records))
	var asking sync.WaitGroup
	for i, rec := range records {
		// Ends with the answer, or with ctx.
		asking.Go(func() {
			status, err := askStatus(ctx, memory, rec)
			if err != nil {
				status = recordedStatus(rec)
			}
			runs[i] = status
		})
	}
	asking.Wait()
	return runs, nil
}

// RecordedRuns returns the live runs of this user as recorded, without asking
// them.
func RecordedRuns(stateDir string) []RunStatus {
	_, records, err := liveRecords(stateDir)
	if err != nil {
		return nil
	}
	runs := make([]RunStatus, len(records))
	for i, rec := range records {
		runs[i] = recordedStatus(rec)
	}
	return runs
}

// liveRecords returns the records of live runs, the oldest first, without smoke
// runs. A folder that does not exist has none.
func liveRecords(stateDir string) (memory, []state.Record, error) {
	m, err := peekMemory(stateDir)
	if err != nil || m.runs == nil {
		return m, nil, err
	}
	records, _ := m.runs.List() // damaged ones are set aside, and reported where they are listed
	records = slices.DeleteFunc(records, func(rec state.Record) bool { return rec.Smoke || !alive(rec) })
	slices.SortFunc(records, func(a, b state.Record) int { return a.Started.Compare(b.Started) })
	return m, records, nil
}

func askStatus(ctx context.Context, m memory, rec state.Record) (RunStatus, error) {
	var status RunStatus
	err := control.Ask(ctx, m.socketPath(rec.ID), control.Request{Op: opStatus}, &status)
	return status, err
}

// recordedStatus returns the status of a run that does not answer.
func recordedStatus(rec state.Record) RunStatus {
	status := RunStatus{ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, Started: rec.Started}
	for _, s := range rec.Services {
		status.Services = append(status.Services, ServiceStatus{
			Name: s.Name, State: "unknown", URL: s.URL, Port: s.Port, PID: s.PID, Dir: s.Dir, Command: s.Command,
		})
	}
	return status
}

// Restart makes a run restart services, or start those that have ended.
func Restart(ctx context.Context, stateDir, runID string, services []string) error {
	m, rec, err := recordOf(stateDir, runID)
	if err != nil {
		return err
	}
	return tell(ctx, m, rec, control.Request{Op: opRestart, Services: services})
}

// Stop makes a run stop services, all of them where none is named, and returns
// when they have ended.
func Stop(ctx context.Context, stateDir, runID string, services []string) error {
	m, rec, err := recordOf(stateDir, runID)
	if err != nil {
		return err
	}
	return askStop(ctx, m, rec, services)
}

func recordOf(stateDir, runID string) (memory, state.Record, error) {
	m, records, err := liveRecords(stateDir)
	if err != nil {
		return m, state.Record{}, err
	}
	for _, rec := range records {
		if rec.ID == runID {
			return m, rec, nil
		}
	}
	return m, state.Record{}, fmt.Errorf("that devrun has ended")
}

func tell(ctx context.Context, m memory, rec state.Record, req control.Request) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return control.Ask(ctx, m.socketPath(rec.ID), req, nil)
}

// askStop returns when the services have ended, or all of the run has.
func askStop(ctx context.Context, m memory, rec state.Record, services []string) error {
	if err := tell(ctx, m, rec, control.Request{Op: opStop, Services: services}); err != nil {
		return err
	}
	for alive(rec) && m.runs.Has(rec.ID) {
		if len(services) > 0 {
			status, err := askStatus(ctx, m, rec)
			if err == nil && !slices.ContainsFunc(status.Services, func(s ServiceStatus) bool {
				return slices.Contains(services, s.Name) && s.State != "stopped" && s.State != "exited"
			}) {
				return nil
			}
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
