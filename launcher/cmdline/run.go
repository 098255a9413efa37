package cmdline

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/mattn/go-isatty"
	urfave "github.com/urfave/cli/v2"

	"devrun/launcher"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
)

// runServices is the main command: it runs one command as a service, or the
// services of a file.
func (c *cli) runServices(ctx *urfave.Context) error {
	return c.bounded(func(s *signals) (int, error) { return c.serve(ctx, s) })
}

// serve runs the services to their end and returns the exit status.
func (c *cli) serve(ctx *urfave.Context, signals *signals) (int, error) {
	t, err := c.target(ctx, ctx.Args().Slice())
	if err != nil {
		return 0, err
	}
	if done, err := c.startedElsewhere(ctx, t, ctx.Args().Slice()); done || err != nil {
		return exitDone, err
	}
	tty := process.TTY{Stdin: isTerminal(os.Stdin), Stdout: isTerminal(os.Stdout), Stderr: isTerminal(os.Stderr)}
	terminal := output.FindTerminal(os.Stdout, os.Stderr)
	console := output.NewConsole(c.stdout, c.stderr, terminal)
	streams := newStreams(console, tty, terminal == output.BothTerminal || output.SameFile(os.Stdout, os.Stderr))
	printer, err := newPrinter(printerOptions{
		Format: ctx.String("log-format"), Level: ctx.String("log-level"), Quiet: ctx.Bool("quiet"),
		File: ctx.String("log-file"), Stderr: console.Lines(), Terminal: tty.Stderr, Typed: c.typed, Above: streams.above,
		Width: func() int { return output.Columns(os.Stderr) },
	})
	if err != nil {
		return 0, err
	}
	defer printer.Close()

	keyboard := newKeyboard(ctx, tty, len(t.services))
	defer keyboard.close()
	streams.begin(t.services, keyboard.lines(), printer.nameServices)
	defer streams.close()
	run, err := launcher.New(launcher.Options{
		Services: t.services, Dirs: t.dirs, Project: t.project, File: t.file, Environ: environ(insideHook()), Streams: streams.of,
		StateDir: stateDir(), Guardian: guardianCommand(),
		Debug:    ctx.String("log-level") == "debug",
		OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr), Downstream: downstream(os.Stdout, os.Stderr), AbortOnExit: ctx.Bool("abort-on-exit"),
		Replace: ctx.Bool("replace"),
		Reload:  c.reloader(ctx, t),
		Emit: func(e event.Event) {
			printer.Print(e)
			if e.Name == event.Ready && ctx.Bool("open") && e.URL != "" {
				c.open(printer, e.URL)
			}
		},
		Interrupt: signals.Interrupt, Suspend: signals.Suspend,
	})
	if err != nil {
		return 0, usagef("%v", err)
	}
	if ctx.Bool("dry-run") {
		return c.dryRun(run)
	}
	if t.note != "" {
		printer.Print(event.Event{Time: time.Now(), Level: event.Info, Name: event.Notice, Message: t.note})
	}
	if keyboard != nil {
		keyboard.serve(&prompt{
			run: run, streams: streams, lines: console.Lines(), prefix: printer.prefix(), columns: func() int { return cmp.Or(output.Columns(os.Stderr), 80) },
			open: func(url string) { c.open(printer, url) }, quit: signals.Quit,
		}, printer.shows(event.Info))
	}
	signals.follow(run, keyboard.lines())
	return exitStatus(run.Serve(signals.ctx, signals.now)), nil
}

// stateDir returns the folder for remembered ports, records and logs.
func stateDir() string { return filepath.Join(xdg.StateHome, "devrun") }

func (c *cli) commandNames() []string {
	var names []string
	for _, command := range c.app().Commands {
		names = append(names, command.Names()...)
	}
	return names
}

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }

// guardianCommand returns how to start this program as a guardian: its path, then
// argv.
func guardianCommand() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{path, "devrun", guardianWord}
}

// dryRun prints the plan of a run, in "key value" lines. It reserves the ports only
// meanwhile.
func (c *cli) dryRun(run *launcher.Run) (int, error) {
	plans, problem := run.Plan(context.Background())
	if problem != nil {
		return problem.Status, nil
	}
	var text []byte
	for i, plan := range plans {
		if i > 0 {
			text = append(text, '\n')
		}
		text = fmt.Appendf(text, "service  %s\ncommand  %s\nfolder   %s\n", plan.Service, plan.Command, plan.Dir)
		if plan.Port != 0 {
			text = fmt.Appendf(text, "port     %d\nurl      %s\n", plan.Port, plan.URL)
		}
	}
	_, err := c.stdout.Write(text)
	return exitDone, err
}
