package cmdline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/text"
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

// stopLimit bounds the wait for the end of what was stopped: a service that was
// started again meanwhile does not end.
const stopLimit = 5 * time.Minute

// stopCommand stops services of a running devrun, or all of it, and returns when
// their processes are gone.
func (c *cli) stopCommand() *urfave.Command {
	return subcommand("stop", "[SERVICE…]", "stop services, or all of this project", func(ctx *urfave.Context) error {
		return c.tellRuns(ctx, func(run remote.RunStatus, services []string) error {
			if ctx.NArg() == 0 {
				services = nil // the run itself
			}
			limited, cancel := context.WithTimeoutCause(ctx.Context, stopLimit, errors.New("not ended after "+text.Span(stopLimit)))
			defer cancel()
			return remote.Stop(limited, stateDir(), run.ID, services)
		}, "stopped")
	})
}

// tellRuns sends a request to each run that has one of the named services.
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
