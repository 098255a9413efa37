package cmdline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/mattn/go-isatty"
	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher"
	"devrun/launcher/internal/output"
)

// runService is the main command: it runs one command as a service.
func (c *cli) runService(ctx *urfave.Context) error {
	if ctx.NArg() > 0 {
		return unexpectedArgument(ctx.Args().First(), ctx.Args().Slice())
	}
	if len(c.command) == 0 {
		if c.dashed {
			return &UsageError{Message: "nothing stands behind --: no command to run", Try: "devrun -- ./myserver"}
		}
		return &UsageError{Message: "no command to run", Try: "devrun -- ./myserver"}
	}
	if c.command[0] == "" {
		return &UsageError{Message: "the command is an empty word", Try: "devrun -- ./myserver"}
	}
	dir, err := workingDir()
	if err != nil {
		return err
	}
	project := launcher.FindProject(dir)
	svc, err := c.service(ctx, project, dir)
	if err != nil {
		return err
	}
	tty := launcher.TTY{Stdin: isTerminal(os.Stdin), Stdout: isTerminal(os.Stdout), Stderr: isTerminal(os.Stderr)}
	console := output.NewConsole(c.stdout, c.stderr, output.FindTerminal(os.Stdout, os.Stderr))
	printer, err := newPrinter(printerOptions{
		Format: ctx.String("log-format"), Level: ctx.String("log-level"), Quiet: ctx.Bool("quiet"),
		File: ctx.String("log-file"), Stderr: console.Lines(), Terminal: tty.Stderr,
	})
	if err != nil {
		return err
	}
	defer printer.Close()

	signals := newSignals()
	defer signals.Close()
	run, err := launcher.New(launcher.Options{
		Services: []config.Service{svc}, Project: project, Environ: os.Environ(),
		Streams: func(string) launcher.Streams {
			return launcher.Streams{
				Stdin: os.Stdin, Stdout: console.Stdout(), Stderr: console.Stderr(), Terminal: terminalOf(tty), TTY: tty,
			}
		},
		StateDir: filepath.Join(xdg.StateHome, "devrun"),
		Commands: c.commandNames(), Guardian: guardianCommand(), Debug: ctx.String("log-level") == "debug",
		OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr),
		Emit: func(e launcher.Event) {
			printer.Print(e)
			if e.Name == launcher.EventReady && ctx.Bool("open") {
				c.open(printer, e.URL)
			}
		},
		Interrupt: signals.Interrupt, Suspend: signals.Suspend,
	})
	if err != nil {
		return usagef("%v", err)
	}
	if ctx.Bool("dry-run") {
		return c.dryRun(run)
	}
	runCtx, now := signals.Follow(context.Background(), run)
	c.status = exitStatus(run.Serve(runCtx, now))
	return nil
}

func (c *cli) commandNames() []string {
	var names []string
	for _, command := range c.app().Commands {
		names = append(names, command.Names()...)
	}
	return names
}

// unexpectedArgument explains a word before "--".
func unexpectedArgument(word string, all []string) error {
	return &UsageError{
		Message: fmt.Sprintf("%q is neither a flag nor a subcommand; the command to run stands behind --", word),
		Try:     "devrun -- " + launcher.ShellJoin(all),
	}
}

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }

// terminalOf is the terminal that the service's output reaches, if any.
func terminalOf(tty launcher.TTY) *os.File {
	switch {
	case tty.Stdout:
		return os.Stdout
	case tty.Stderr:
		return os.Stderr
	case tty.Stdin:
		return os.Stdin
	}
	return nil
}

// guardianCommand starts this same program as a guardian: its path, then argv.
func guardianCommand() []string {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{path, "devrun", guardianWord}
}

// dryRun prints what a run would do, one "key value" line each, and reserves
// the port only for as long as that takes.
func (c *cli) dryRun(run *launcher.Run) error {
	plans, problem := run.Plan(context.Background())
	if problem != nil {
		c.status = problem.Status
		return nil
	}
	for i, plan := range plans {
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		if _, err := fmt.Fprintf(c.stdout, "service  %s\ncommand  %s\nfolder   %s\n", plan.Service, plan.Command, plan.Dir); err != nil {
			return err
		}
		if plan.Port == 0 {
			continue
		}
		if _, err := fmt.Fprintf(c.stdout, "port     %d\nurl      %s\n", plan.Port, plan.URL); err != nil {
			return err
		}
	}
	return nil
}
