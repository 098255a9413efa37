package cmdline

import (
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/remote"
)

// restartCommand restarts services of a running devrun; one that has ended is
// started. It does not wait until they are ready.
func (c *cli) restartCommand() *urfave.Command {
	return subcommand("restart", "[SERVICE…]", "restart services, or start ended ones", func(ctx *urfave.Context) error {
		return c.tellRuns(ctx, func(run remote.RunStatus, services []string) error {
			return remote.Restart(ctx.Context, stateDir(), run.ID, services)
		}, "restarting")
	})
}

// stopCommand stops services of a running devrun, or all of it, and returns when
// their processes are gone.
func (c *cli) stopCommand() *urfave.Command {
	return subcommand("stop", "[SERVICE…]", "stop services, or all of this project", func(ctx *urfave.Context) error {
		return c.tellRuns(ctx, func(run remote.RunStatus, services []string) error {
			if ctx.NArg() == 0 {
				services = nil // the run itself
			}
			return remote.Stop(ctx.Context, stateDir(), run.ID, services)
		}, "stopped")
	})
}

// tellRuns tells each run concerned which of its services are meant.
func (c *cli) tellRuns(ctx *urfave.Context, tell func(remote.RunStatus, []string) error, done string) error {
	found, err := c.running(ctx.Context, ctx.Args().Slice())
	if err != nil {
		return err
	}
	services := map[string][]string{} // by run
	for _, f := range found {
		services[f.Run.ID] = append(services[f.Run.ID], f.Service.Name)
	}
	var told []string
	for _, f := range found {
		if slices.Contains(told, f.Run.ID) {
			continue
		}
		told = append(told, f.Run.ID)
		if err := tell(f.Run, services[f.Run.ID]); err != nil {
			return fmt.Errorf("devrun (pid %d): %w", f.Run.PID, err)
		}
	}
	for _, f := range found {
		fmt.Fprintf(c.stderr, "devrun: %s %s\n", done, f.Name())
	}
	return nil
}
