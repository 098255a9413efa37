package launcher

import (
	"context"
	"slices"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/logs"
)

// LogQuery says what of the logs is wanted.
type LogQuery struct {
	Services []string // none is all that have a log
	Lines    int      // the last of each; 0 is all
	Since    time.Time
	Follow   bool // until ctx ends
}

// LogLine is a line of a service's output, or a piece of one.
type LogLine struct {
	Service string
	Time    time.Time
	Source  string // out, err or devrun; "" where the log is damaged
	Text    []byte // valid until the next line
	Partial bool   // no line end follows
}

// LoggedServices are the services of a project that have a log.
func LoggedServices(stateDir string, project address.Project) ([]string, error) {
	return logs.Services(logs.Dir(stateDir, project.Dir))
}

// ReadLogs calls w with the lines, of several services by time.
func ReadLogs(ctx context.Context, stateDir string, project address.Project, q LogQuery, w func(LogLine) error) error {
	dir := logs.Dir(stateDir, project.Dir)
	services := q.Services
	if len(services) == 0 {
		var err error
		if services, err = logs.Services(dir); err != nil {
			return err
		}
	}
	query := logs.Query{Lines: q.Lines, Since: q.Since, Follow: q.Follow}
	return logs.ReadAll(ctx, dir, slices.Clone(services), query, func(r logs.Record) error {
		return w(LogLine{Service: r.Service, Time: r.Time, Source: string(r.Source), Text: r.Text, Partial: r.Partial})
	})
}
