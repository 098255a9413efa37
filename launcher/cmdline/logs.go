package cmdline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher"
	"devrun/launcher/internal/output"
)

// logsCommand prints what services have said, also after their end. With --json
// each line is {"service", "time", "source", "text"}, where source is out, err or
// devrun.
func (c *cli) logsCommand() *urfave.Command {
	return subcommand("logs", "[SERVICE…]", "print what services have said", c.logs, jsonFlag(),
		&urfave.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on with what comes, until Ctrl-C"},
		&urfave.IntFlag{Name: "lines", Aliases: []string{"n"}, Usage: "the last N lines of each service (all)"},
		&urfave.StringFlag{Name: "since", Usage: "nothing older than this: 10m, 2h, or 2026-01-02T15:04:05Z"},
		&urfave.BoolFlag{Name: "timestamps", Aliases: []string{"t"}, Usage: "the time before each line"})
}

func (c *cli) logs(ctx *urfave.Context) error {
	since, err := parseSince(ctx.String("since"), time.Now())
	if err != nil {
		return err
	}
	if ctx.IsSet("lines") && ctx.Int("lines") < 1 {
		return usagef("--lines %d: want a number from 1", ctx.Int("lines"))
	}
	project, services, err := c.logged(ctx.Context, ctx.Args().Slice())
	if err != nil {
		return err
	}
	end, stop := signal.NotifyContext(ctx.Context, os.Interrupt, syscall.SIGTERM)
	defer stop()
	query := launcher.LogQuery{Services: services, Lines: ctx.Int("lines"), Since: since, Follow: ctx.Bool("follow")}
	show := c.logPrinter(ctx, services)
	err = launcher.ReadLogs(end, stateDir(), project, query, show)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, context.Canceled) {
		return nil // nobody reads on
	}
	return err
}

// logged finds the logs that are meant: those of the named services, here or in
// the projects in which they run, or all of this project.
func (c *cli) logged(ctx context.Context, names []string) (launcher.Project, []string, error) {
	project, err := here()
	if err != nil {
		return project, nil, err
	}
	known, err := launcher.LoggedServices(stateDir(), project)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return project, nil, err
	}
	if len(names) == 0 {
		if len(known) == 0 {
			return project, nil, &launcher.NotRunningError{}
		}
		return project, known, nil
	}
	for i, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		found, err := running(ctx, []string{name})
		if err != nil {
			if near := words.Nearest(name, known); near != "" {
				return project, nil, &launcher.NotRunningError{Name: name, Near: near}
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

// parseSince reads a point in time, or how long ago it was.
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

// logPrinter shows the lines of one service as they were, and those of several
// with their names.
func (c *cli) logPrinter(ctx *urfave.Context, services []string) func(launcher.LogLine) error {
	if ctx.Bool("json") {
		return func(l launcher.LogLine) error {
			return c.printJSON(map[string]any{"service": l.Service, "time": l.Time, "source": l.Source, "text": string(l.Text)})
		}
	}
	labels := map[string]string{}
	if len(services) > 1 {
		for i, label := range output.Labels(services, wantsColor(isTerminal(os.Stdout))) {
			labels[services[i]] = label.First()
		}
	}
	middle := map[string]bool{} // services whose line goes on
	return func(l launcher.LogLine) error {
		var b strings.Builder
		if middle[l.Service] && l.Source == "devrun" {
			b.WriteByte('\n')
			middle[l.Service] = false
		}
		if !middle[l.Service] {
			b.WriteString(labels[l.Service])
			if ctx.Bool("timestamps") {
				b.WriteString(l.Time.Local().Format("2006-01-02T15:04:05.000 "))
			}
			if l.Source == "devrun" {
				b.WriteString("devrun: ")
			}
		}
		b.Write(l.Text)
		middle[l.Service] = l.Partial && len(labels) == 0
		if !middle[l.Service] {
			b.WriteByte('\n')
		}
		_, err := fmt.Fprint(c.stdout, b.String())
		return err
	}
}
