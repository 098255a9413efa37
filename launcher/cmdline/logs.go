package cmdline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/remote"
)

// logsCommand prints the output of services, also after their end. With --json
// each line is {"service", "time", "source", "text"}, where source is out, err,
// devrun, or empty where the log is damaged.
func (c *cli) logsCommand() *urfave.Command {
	return subcommand("logs", "[SERVICE…]", "print the output of services", c.logs, jsonFlag(),
		&urfave.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "print earlier runs too, not the last alone"},
		&urfave.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "follow the output until Ctrl-C"},
		&urfave.StringFlag{Name: "lines", Aliases: []string{"n", "tail"}, Value: "all", Usage: "`N`: only the last N lines of each service (all)"},
		&urfave.StringFlag{Name: "since", Usage: "`TIME`: nothing older than this: 10m, 2h, or 2026-01-02T15:04:05Z"},
		&urfave.BoolFlag{Name: "timestamps", Aliases: []string{"t"}, Usage: "print the time before each line"})
}

func (c *cli) logs(ctx *urfave.Context) error {
	since, err := parseSince(ctx.String("since"), time.Now())
	if err != nil {
		return err
	}
	lines, err := parseLines(ctx.String("lines"))
	if err != nil {
		return err
	}
	project, services, err := c.logged(ctx.Context, ctx.Args().Slice(), ctx.Bool("all"))
	if err != nil {
		return err
	}
	end, stop := signal.NotifyContext(ctx.Context, os.Interrupt, syscall.SIGTERM)
	defer stop()
	query := logs.Query{Lines: lines, Since: since, Last: !ctx.Bool("all"), Follow: ctx.Bool("follow")}
	err = logs.Read(end, logs.Dir(stateDir(), project.Dir), services, query, c.logPrinter(ctx, services))
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, context.Canceled) {
		return nil // the reader is gone, or Ctrl-C was typed
	}
	return err
}

// logged returns the services whose logs to print, and their project: the named
// ones, of this project or of the one in which they run, or those of the runs that
// are live, or else of the last; with all, of every run.
func (c *cli) logged(ctx context.Context, names []string, all bool) (address.Project, []string, error) {
	project, err := here()
	if err != nil {
		return project, nil, err
	}
	known, err := logs.Services(logs.Dir(stateDir(), project.Dir))
	if err != nil {
		return project, nil, err
	}
	if len(names) == 0 {
		if len(known) == 0 {
			return project, nil, &remote.NotRunningError{}
		}
		if all {
			return project, known, nil
		}
		return project, c.lastLogged(ctx, project, known), nil
	}
	for i, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		found, err := c.running(ctx, []string{name})
		if run, service, ok := logs.Find(stateDir(), name); err != nil && ok && len(names) == 1 {
			project.Dir = run.Dir
			return project, []string{service}, nil // it has ended
		}
		if err != nil {
			if near := words.Nearest(name, known); near != "" {
				return project, nil, &remote.NotRunningError{Name: name, Near: near}
			}
			return project, nil, err
		}
		if len(names) > 1 && found[0].Run.Dir != project.Dir {
			return project, nil, usagef("%s is of another project: ask for it alone", found[0].Name())
		}
		project.Dir, names[i] = found[0].Run.Dir, found[0].Service.Name
	}
	return project, names, nil
}

// lastLogged returns the service in whose folder devrun runs, or else those of the
// live runs, or of the last, and all where no run is known.
func (c *cli) lastLogged(ctx context.Context, project address.Project, known []string) []string {
	if own, ok := c.inServiceDir(); ok && slices.Contains(known, own) {
		return []string{own}
	}
	live, _ := c.liveRuns(ctx) // without them the last run is the newest
	isLive := func(id string) bool {
		return slices.ContainsFunc(live, func(r remote.RunStatus) bool { return r.ID == id })
	}
	of := map[string]logs.Run{}
	var last logs.Run
	for _, name := range known {
		run, ok := logs.LastRun(logs.Dir(stateDir(), project.Dir), name)
		if !ok {
			continue
		}
		of[name] = run
		if newer, was := isLive(run.ID), isLive(last.ID); newer && !was || newer == was && run.Began.After(last.Began) {
			last = run
		}
	}
	if last.ID == "" {
		return known
	}
	return slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		id := of[name].ID
		return id != last.ID && (id == "" || !isLive(id))
	})
}

// inServiceDir returns the service of the file in whose folder devrun runs.
func (c *cli) inServiceDir() (string, bool) {
	dir, err := workingDir()
	if err != nil {
		return "", false
	}
	file, err := c.loadFile("", dir)
	if err != nil || file == nil {
		return "", false
	}
	var all []remote.Found
	for _, svc := range file.Services {
		all = append(all, remote.Found{Run: remote.RunStatus{Dir: file.Dir}, Service: remote.ServiceStatus{Name: svc.Name, Dir: svc.Dir}})
	}
	own, ok := inDir(all)
	return own.Service.Name, ok
}

// parseLines reads a number of lines; all is 0.
func parseLines(text string) (int, error) {
	if text == "all" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usagef("--lines %s: want all or a number from 1", text)
	}
	return n, nil
}

// parseSince reads a point in time, or a duration before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usagef("--since %s: want a duration such as 10m or a time such as 2026-01-02T15:04:05Z", text)
}

// logPrinter prints the lines of one service as they were, and those of several
// with the service's name.
func (c *cli) logPrinter(ctx *urfave.Context, services []string) func(logs.Record) error {
	if ctx.Bool("json") {
		return func(r logs.Record) error {
			return c.printJSON(map[string]any{"service": r.Service, "time": r.Time, "source": r.Source, "text": string(r.Text)})
		}
	}
	labels := map[string]string{}
	if len(services) > 1 {
		for i, label := range output.Labels(services, wantsColor(isTerminal(os.Stdout))) {
			labels[services[i]] = label.First()
		}
	}
	middle := map[string]bool{} // services in the middle of a line
	return func(r logs.Record) error {
		var b strings.Builder
		if middle[r.Service] && r.Source == logs.Devrun {
			b.WriteByte('\n')
			middle[r.Service] = false
		}
		if !middle[r.Service] {
			b.WriteString(labels[r.Service])
			if ctx.Bool("timestamps") {
				b.WriteString(r.Time.Local().Format("2006-01-02T15:04:05.000 "))
			}
			if r.Source == logs.Devrun {
				b.WriteString("devrun: ")
			}
		}
		b.Write(r.Text)
		middle[r.Service] = r.Partial && len(labels) == 0
		if !middle[r.Service] {
			b.WriteByte('\n')
		}
		_, err := fmt.Fprint(c.stdout, b.String())
		return err
	}
}
