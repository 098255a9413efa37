package cmdline

import (
	"fmt"
	"maps"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/remote"
)

// envCommand prints variables for a shell that talks to the services of the project,
// as lines for eval; with SERVICE also that service's PORT, HOST and DEVRUN_URL. With --json it is an object of strings.
func (c *cli) envCommand() *urfave.Command {
	return subcommand("env", "[SERVICE]", "print the variables of the services, for eval", func(ctx *urfave.Context) error {
		names := ctx.Args().Slice()
		found, err := c.running(ctx.Context, names)
		if err != nil {
			return err
		}
		if len(names) == 1 && found[0].Service.State.Over() {
			return &remote.NotRunningError{Name: found[0].Service.Name, Over: true}
		}
		var pairs [][2]string
		if len(names) == 1 {
			if own := endpoint(found[0].Service); own.Port != 0 {
				pairs = own.Variables()
			}
			for _, svc := range found[0].Run.Services {
				found = append(found, remote.Found{Run: found[0].Run, Service: svc})
			}
		}
		for _, f := range found {
			pairs = append(pairs, address.Neighbour{Name: f.Service.Name, Endpoint: endpoint(f.Service)}.Variables()...)
		}
		variables := map[string]string{}
		for _, pair := range pairs {
			variables[pair[0]] = pair[1]
		}
		if ctx.Bool("json") {
			return c.printJSON(variables)
		}
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			if _, err := fmt.Fprintf(c.stdout, "export %s=%s\n", name, words.Join([]string{variables[name]})); err != nil {
				return err
			}
		}
		return nil
	}, jsonFlag())
}

// endpoint returns the address to connect to a service; its Port is 0 for a worker.
func endpoint(svc remote.ServiceStatus) address.Endpoint {
	addr := svc.Addr.Addr()
	return address.Endpoint{Bind: addr.String(), Addr: addr, Port: int(svc.Addr.Port()), Host: svc.Host, Scheme: svc.Scheme}
}
