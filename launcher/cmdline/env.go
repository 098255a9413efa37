package cmdline

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher"
)

// envCommand prints what a shell must export to talk to the services of the
// project, as lines for eval; with SERVICE also PORT, HOST and DEVRUN_URL as that
// service has them. With --json it is an object of strings.
func (c *cli) envCommand() *urfave.Command {
	return subcommand("env", "[SERVICE]", "print the variables of the services, for eval", func(ctx *urfave.Context) error {
		names := ctx.Args().Slice()
		if len(names) > 1 {
			return usagef("env takes one service, got %q as well", names[1])
		}
		found, err := running(ctx.Context, names)
		if err != nil {
			return err
		}
		variables := map[string]string{}
		if len(names) == 1 {
			if found[0].Service.Port != 0 {
				host, port := hostAndPort(found[0].Service)
				variables["HOST"], variables["PORT"], variables["DEVRUN_URL"] = host, port, found[0].Service.URL
			}
			for _, svc := range found[0].Run.Services {
				found = append(found, launcher.Found{Run: found[0].Run, Service: svc})
			}
		}
		for _, f := range found {
			if f.Service.Port == 0 {
				continue
			}
			name := "DEVRUN_" + config.Variable(f.Service.Name)
			host, port := hostAndPort(f.Service)
			variables[name+"_HOST"], variables[name+"_PORT"], variables[name+"_URL"] = host, port, f.Service.URL
		}
		if ctx.Bool("json") {
			return c.printJSON(variables)
		}
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			if _, err := fmt.Fprintf(c.stdout, "export %s=%s\n", name, launcher.ShellJoin([]string{variables[name]})); err != nil {
				return err
			}
		}
		return nil
	}, jsonFlag())
}

// hostAndPort is where a service is connected to.
func hostAndPort(svc launcher.ServiceStatus) (host, port string) {
	return launcher.HostOf(svc.URL), strconv.Itoa(svc.Port)
}
