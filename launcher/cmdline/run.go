package cmdline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/adrg/xdg"
	"github.com/mattn/go-isatty"
	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher"
	"devrun/launcher/internal/output"
)

// runServices is the main command: it runs one command as a service, or the
// services of a file.
func (c *cli) runServices(ctx *urfave.Context) error {
	var signals *signals
	var listening sync.WaitGroup
	// Ends when the system has taken the handlers, which the rest need not wait for.
	listening.Go(func() { signals = newSignals() })
	defer func() {
		listening.Wait()
		signals.Close()
	}()
	t, err := c.target(ctx, ctx.Args().Slice())
	if err != nil {
		return err
	}
	tty := launcher.TTY{Stdin: isTerminal(os.Stdin), Stdout: isTerminal(os.Stdout), Stderr: isTerminal(os.Stderr)}
	console := output.NewConsole(c.stdout, c.stderr, output.FindTerminal(os.Stdout, os.Stderr))
	several := len(t.services) > 1
	printer, err := newPrinter(printerOptions{
		Format: ctx.String("log-format"), Level: ctx.String("log-level"), Quiet: ctx.Bool("quiet"),
		File: ctx.String("log-file"), Stderr: console.Lines(), Terminal: tty.Stderr, Named: several, Typed: c.typed(),
	})
	if err != nil {
		return err
	}
	defer printer.Close()

	streams := singleStreams(console, tty)
	if several {
		labelled := newLabelled(console, tty, t.services)
		defer labelled.close()
		streams = labelled.streams
	}
	run, err := launcher.New(launcher.Options{
		Services: t.services, Project: t.project, File: t.file, Environ: environ(insideHook()), Streams: streams,
		StateDir: stateDir(), Guardian: guardianCommand(),
		Debug:    ctx.String("log-level") == "debug",
		OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr), AbortOnExit: ctx.Bool("abort-on-exit"),
		Replace: ctx.Bool("replace"),
		Reload:  c.reloader(ctx, t),
		Emit: func(e launcher.Event) {
			printer.Print(e)
			if e.Name == launcher.EventReady && ctx.Bool("open") && e.URL != "" {
				c.open(printer, e.URL)
			}
		},
		Interrupt: func() { signals.Interrupt() }, Suspend: func() { signals.Suspend() },
	})
	if err != nil {
		return usagef("%v", err)
	}
	if ctx.Bool("dry-run") {
		return c.dryRun(run)
	}
	listening.Wait()
	runCtx, now := signals.Follow(context.Background(), run)
	c.status = exitStatus(run.Serve(runCtx, now))
	return nil
}

// stateDir is where devrun keeps what it remembers.
func stateDir() string { return filepath.Join(xdg.StateHome, "devrun") }

// singleStreams give one service our own streams.
func singleStreams(console *output.Console, tty launcher.TTY) func(string) launcher.Streams {
	return func(string) launcher.Streams {
		return launcher.Streams{
			Stdin: os.Stdin, Stdout: console.Stdout(), Stderr: console.Stderr(), Terminal: terminalOf(tty), TTY: tty,
		}
	}
}

// labelled gives each of several services our output with its name before each
// line. Input is nobody's.
type labelled struct {
	console  *output.Console
	tty      launcher.TTY
	labels   map[string]output.Label
	prefixes []*output.Prefix
}

func newLabelled(console *output.Console, tty launcher.TTY, services []config.Service) *labelled {
	l := &labelled{console: console, tty: tty, labels: map[string]output.Label{}}
	names := make([]string, len(services))
	for i, svc := range services {
		names[i] = svc.Name
	}
	for i, label := range output.Labels(names, wantsColor(tty.Stdout)) {
		l.labels[names[i]] = label
	}
	return l
}

func (l *labelled) streams(service string) launcher.Streams {
	label, ok := l.labels[service]
	if !ok { // it has come with a change of the file
		label = output.Labels([]string{service}, wantsColor(l.tty.Stdout))[0]
	}
	out, err := output.NewPrefix(l.console.Stdout(), label), output.NewPrefix(l.console.Stderr(), label)
	l.prefixes = append(l.prefixes, out, err)
	tty := launcher.TTY{Stdout: l.tty.Stdout, Stderr: l.tty.Stderr}
	return launcher.Streams{Stdout: out, Stderr: err, Terminal: terminalOf(tty), TTY: tty}
}

// close shows what was left without a line end.
func (l *labelled) close() {
	for _, prefix := range l.prefixes {
		prefix.Close()
	}
}

func (c *cli) commandNames() []string {
	var names []string
	for _, command := range c.app().Commands {
		names = append(names, command.Names()...)
	}
	return names
}

// unexpectedArgument explains a word before "--". What was typed from it on was
// most likely the command.
func (c *cli) unexpectedArgument(word string) error {
	own, command := c.own, []string(nil)
	if i := slices.Index(own, word); i >= 0 {
		own, command = own[:i], own[i:]
	}
	return &UsageError{
		Message: fmt.Sprintf("%q is neither a flag nor a subcommand; the command to run stands behind --", word),
		Try:     words.Join(slices.Concat([]string{"devrun"}, own, []string{"--"}, command)),
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
// the ports only for as long as that takes.
func (c *cli) dryRun(run *launcher.Run) error {
	plans, problem := run.Plan(context.Background())
	if problem != nil {
		c.status = problem.Status
		return nil
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
	return err
}
