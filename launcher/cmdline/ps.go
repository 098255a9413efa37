package cmdline

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/text"
)

// psCommand lists the running services of all projects of this user. With --json it prints
// {"runs": [{"id", "pid", "project", "dir", "file", "started", "services":
// [{"name", "state", "url", "port", "pid", "since", "restarts", "memory",
// "cpu_ms", "status", "dir", "command", "address"}]}]}.
func (c *cli) psCommand() *urfave.Command {
	return subcommand("ps", "", "list the running services", func(ctx *urfave.Context) error {
		runs, err := c.liveRuns(ctx.Context)
		if err != nil {
			return err
		}
		if ctx.Bool("json") {
			if runs == nil {
				runs = []remote.RunStatus{}
			}
			return c.printJSON(map[string]any{"runs": runs})
		}
		if len(runs) == 0 {
			_, err := fmt.Fprintln(c.stderr, "devrun: no service runs")
			return err
		}
		return c.printRuns(runs)
	}, jsonFlag())
}

func (c *cli) printRuns(runs []remote.RunStatus) error {
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tSTATE\tURL\tPID\tUP\tRESTARTS\tMEMORY\tCPU\tFOLDER")
	for _, run := range runs {
		for _, s := range run.Services {
			up, cpu := "-", "-"
			if !s.Since.IsZero() {
				age := time.Since(s.Since)
				up = text.Span(age)
				cpu = fmt.Sprintf("%.1f%%", s.CPU/max(float64(age.Milliseconds()), 1)*100)
			}
			fmt.Fprintf(table, "%s/%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", run.Project, s.Name, s.State, orDash(s.URL),
				orDash(number(s.PID)), up, s.Restarts, orDash(megabytes(s.Memory)), cpu, diag.ShortenPath(s.Dir, diag.Home()))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, run := range runs {
		if len(run.Services) > 0 && run.Services[0].State == remote.Suspended {
			fmt.Fprintf(c.stderr, "devrun: devrun (pid %d) is suspended\n  try  %s\n", run.PID, (&remote.SuspendedError{PID: run.PID}).Try())
		}
	}
	return nil
}

func orDash(s string) string { return cmp.Or(s, "-") }

func number(n int) string { return strings.TrimPrefix(fmt.Sprint(n), "0") }

func megabytes(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.1fM", float64(bytes)/(1<<20))
}
