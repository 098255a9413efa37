package cmdline

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
)

// portsCommand lists the remembered ports of all projects, also of what does
// not run. With --json it prints {"ports": [{"dir", "service", "port", "url",
// "chosen", "running"}]}.
func (c *cli) portsCommand() *urfave.Command {
	return subcommand("ports", "[SERVICE…]", "list the ports that are remembered", c.ports, jsonFlag(),
		&urfave.BoolFlag{Name: "markdown", Usage: "print those of this project as a table for a README"},
		&urfave.BoolFlag{Name: "forget", Usage: "forget those of this project, or of the named services"})
}

func (c *cli) ports(ctx *urfave.Context) error {
	project, err := here()
	if err != nil {
		return err
	}
	names := ctx.Args().Slice()
	if ctx.Bool("forget") {
		return c.forgetPorts(project, names)
	}
	runs, err := c.liveRuns(ctx.Context)
	if err != nil {
		return err
	}
	list, err := launcher.Ports(stateDir(), runs)
	if err != nil {
		fmt.Fprintf(c.stderr, "devrun: %v\n", err)
	}
	list = slices.DeleteFunc(list, func(p launcher.PortAssignment) bool {
		return len(names) > 0 && !slices.Contains(names, p.Service) || ctx.Bool("markdown") && p.Dir != project.Dir
	})
	switch {
	case ctx.Bool("json"):
		if list == nil {
			list = []launcher.PortAssignment{}
		}
		return c.printJSON(map[string]any{"ports": list})
	case ctx.Bool("markdown"):
		text := "| service | address |\n| --- | --- |\n"
		for _, p := range list {
			text += fmt.Sprintf("| %s | %s |\n", p.Service, p.URL)
		}
		_, err := fmt.Fprint(c.stdout, text)
		return err
	case len(list) == 0:
		_, err := fmt.Fprintln(c.stderr, "devrun: no port is remembered")
		return err
	}
	home, _ := os.UserHomeDir()
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PORT\tSERVICE\tRUNS\tFOLDER")
	for _, p := range list {
		runs := "-"
		if p.Running {
			runs = "yes"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", p.Port, p.Service, runs, diag.ShortenPath(p.Dir, home))
	}
	return table.Flush()
}

func (c *cli) forgetPorts(project address.Project, names []string) error {
	forgotten, err := launcher.ForgetPorts(stateDir(), project, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(forgotten, name) {
			return usagef("no port of %s is remembered for this project", name)
		}
	}
	text := "no port of this project is remembered"
	if len(forgotten) > 0 {
		text = "forgot the ports of " + strings.Join(forgotten, ", ")
	}
	_, err = fmt.Fprintf(c.stderr, "devrun: %s\n", text)
	return err
}
