package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
)

// portsCommand lists the remembered ports of all projects, also of services that do
// not run. With --json it prints {"ports": [{"dir", "service", "port", "url",
// "chosen", "running"}]}.
func (c *cli) portsCommand() *urfave.Command {
	return subcommand("ports", "[SERVICE…]", "list the remembered ports", c.ports, jsonFlag(),
		&urfave.BoolFlag{Name: "markdown", Usage: "print the ports of this project as a table for a README"},
		&urfave.BoolFlag{Name: "forget", Usage: "forget the ports of this project, or of the named services"})
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
	live, err := c.liveRuns(ctx.Context)
	if err != nil {
		return err
	}
	list, err := assignments(live)
	if err != nil {
		fmt.Fprintf(c.stderr, "devrun: %v\n", err)
	}
	list = slices.DeleteFunc(list, func(p assignment) bool {
		return len(names) > 0 && !slices.Contains(names, p.Service) || ctx.Bool("markdown") && (p.Dir != project.Dir || p.URL == "")
	})
	switch {
	case ctx.Bool("json"):
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
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PORT\tSERVICE\tRUNS\tFOLDER")
	for _, p := range list {
		running := "-"
		if p.Running {
			running = "yes"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", p.Port, p.Service, running, diag.ShortenPath(p.Dir, diag.Home()))
	}
	return table.Flush()
}

// forgetPorts removes the remembered ports of a project's services, of all for no
// name.
func (c *cli) forgetPorts(project address.Project, names []string) error {
	memory, err := runs.Peek(stateDir())
	if err != nil {
		return err
	}
	known, err := memory.Ports.List()
	var forgotten []string
	for _, a := range known {
		if a.Project != project.Dir || len(names) > 0 && !slices.Contains(names, a.Service) {
			continue
		}
		if errForget := memory.Ports.Forget(a.Project, a.Service); errForget != nil {
			err = errors.Join(err, errForget)
			continue
		}
		forgotten = append(forgotten, a.Service)
	}
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

// assignment is the remembered port of a service, whether it runs or not.
type assignment struct {
	Dir     string    `json:"dir"` // the project's folder
	Service string    `json:"service"`
	Port    int       `json:"port"`
	URL     string    `json:"url"` // empty for one that runs and does not listen
	Chosen  time.Time `json:"chosen"`
	Running bool      `json:"running"`
}

// assignments returns the remembered ports, by folder and service, without those of
// services that were never ready and of folders that are gone. If some cannot be
// read, it returns the others and an error that names them.
func assignments(live []remote.RunStatus) ([]assignment, error) {
	memory, err := runs.Peek(stateDir())
	if err != nil {
		return []assignment{}, err
	}
	known, err := memory.Ports.List()
	list := make([]assignment, 0, len(known))
	for _, a := range known {
		entry := assignment{Dir: a.Project, Service: a.Service, Port: a.Port, Chosen: a.Chosen}
		_, gone := os.Stat(a.Project)
		if s := runningAs(live, a); s != nil {
			entry.Running, entry.URL = true, s.URL
		} else if a.Tried || errors.Is(gone, fs.ErrNotExist) {
			continue
		} else {
			addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(a.Port))
			entry.URL = runs.Place{Addr: addr}.URL()
		}
		list = append(list, entry)
	}
	return list, err
}

// runningAs is the service of a live run on its remembered port; nil for none.
func runningAs(live []remote.RunStatus, a port.Assignment) *remote.ServiceStatus {
	for _, run := range live {
		if run.Dir != filepath.Clean(a.Project) {
			continue
		}
		for i, s := range run.Services {
			if s.Name == a.Service && s.Port == a.Port {
				return &run.Services[i]
			}
		}
	}
	return nil
}
