package cmdline

import (
	"context"
	"errors"
	"fmt"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/text"
)

// restartCommand restarts services of a running devrun, or starts them if they have
// ended. It does not wait until they are ready.
func (c *cli) restartCommand() *urfave.Command {
	return subcommand("restart", "[SERVICE…]", "restart services, or start ended ones", func(ctx *urfave.Context) error {
		return c.eachRun(ctx, func(run remote.RunStatus, services []string) error {
			return remote.Restart(ctx.Context, stateDir(), run.ID, services)
		}, "restarting")
	})
}

// stopLimit bounds the wait for the end of stopped services: one that was started
// again meanwhile does not end.
const stopLimit = 5 * time.Minute

// stopCommand stops services of a running devrun, or all of it, and returns when
// their processes are gone.
func (c *cli) stopCommand() *urfave.Command {
	return subcommand("stop", "[SERVICE…]", "stop services, or all of this project", func(ctx *urfave.Context) error {
		return c.eachRun(ctx, func(run remote.RunStatus, services []string) error {
			if ctx.NArg() == 0 {
				services = nil // the run itself
			}
			limited, cancel := context.WithTimeoutCause(ctx.Context, stopLimit, errors.New("the services have not ended after "+text.Span(stopLimit)))
			defer cancel()
			return remote.Stop(limited, stateDir(), run.ID, services)
		}, "stopped")
	})
}

// eachRun calls request for each run that has some of the named services.
func (c *cli) eachRun(ctx *urfave.Context, request func(remote.RunStatus, []string) error, done string) error {
	find := c.running
	if ctx.Command.Name == "restart" {
		find = c.restartable
	}
	found, err := find(ctx.Context, ctx.Args().Slice())
	if err != nil {
		return err
	}
	if own, ok := inDir(found); ok && ctx.NArg() == 0 && ctx.Command.Name == "restart" {
		found = []remote.Found{own}
	}
	services := map[string][]string{} // by run
	for _, f := range found {
		services[f.Run.ID] = append(services[f.Run.ID], f.Service.Name)
	}
	for _, f := range found {
		names := services[f.Run.ID]
		delete(services, f.Run.ID)
		if names == nil {
			continue
		}
		if err := request(f.Run, names); err != nil {
			return fmt.Errorf("devrun (pid %d): %w", f.Run.PID, err)
		}
	}
	for _, f := range found {
		if ctx.Command.Name == "restart" && f.Service.State.Over() {
			fmt.Fprintf(c.stderr, "devrun: starting %s in the devrun that runs %s: %s\n", f.Service.Name, f.Run.Project, placeOf(f.Run.PID))
			continue
		}
		fmt.Fprintf(c.stderr, "devrun: %s %s\n", done, f.Name())
	}
	return nil
}
