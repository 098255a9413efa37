package cmdline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher"
	"devrun/launcher/internal/check"
	"devrun/launcher/internal/gitenv"
	"devrun/launcher/internal/report"
	"devrun/launcher/smoke"
)

const smokeWord = "smoke"

// smokeCommand starts services, checks them and stops them again: one line on
// stdout when all is well, all that is known on stderr when not. With --json it
// is JSON on stdout in both cases.
func (c *cli) smokeCommand() *urfave.Command {
	return &urfave.Command{
		Name:         smokeWord,
		Usage:        "start, wait until ready, check, stop: for a hook",
		ArgsUsage:    "[SERVICE…] [-- COMMAND [ARG…]]",
		Flags:        smokeFlags(),
		OnUsageError: onUsageError,
		Action:       c.smoke,
	}
}

// smokeFlags are those of the main command that say how a service is run, those
// of the smoke run itself, and those of checks, which takeChecks has taken out
// before the library could lose their order.
func smokeFlags() []urfave.Flag {
	of := []string{"port-range", "host", "name", "build", "adopt", "ready", "ready-timeout", "stop-signal", "stop-timeout", "env", "env-file", "config"}
	flags := slices.DeleteFunc(runFlags(), func(f urfave.Flag) bool { return !slices.Contains(of, f.Names()[0]) })
	toggle := func(name, usage string) urfave.Flag {
		on, _ := strconv.ParseBool(os.Getenv(variable(name)))
		return &urfave.BoolFlag{Name: name, Value: on, Usage: usage}
	}
	flags = append(flags,
		&urfave.StringFlag{Name: "timeout", EnvVars: set("timeout"), Usage: "for build, start, readiness and checks together (30s)"},
		toggle("pinned", "take pinned ports; else every port is a fresh one"),
		toggle("json", "print the result as JSON"),
		&urfave.StringFlag{Name: "junit", EnvVars: set("junit"), Usage: "a `FILE` that gets the result as JUnit XML"},
		toggle("keep-log", "keep the log also when all is well"),
	)
	for _, f := range check.Usages() {
		flags = append(flags, &urfave.StringFlag{Name: f.Name, Usage: f.Text})
	}
	return flags
}

// takeChecks takes the flags of checks out of the command line of a smoke run.
func (c *cli) takeChecks() error {
	_, args := partition(c.own, c.app().Flags)
	if len(args) == 0 || args[0] != smokeWord {
		return nil
	}
	at := slices.Index(c.own, smokeWord)
	if at > 0 {
		return &UsageError{Message: c.own[0] + " stands before smoke, whose flags stand behind it", Try: words.Join(slices.Concat([]string{"devrun", smokeWord}, c.own[:at], c.own[at+1:]))}
	}
	known := c.app().Command(smokeWord).Flags
	checks, rest, err := check.ParseFlags(c.own[1:], func(name string) bool { return takesValue("--"+name, known) })
	if err != nil {
		return usagef("%v", err)
	}
	c.checks, c.own = checks, append([]string{smokeWord}, rest...)
	return nil
}

// smoke makes a smoke run. Signals are read to the very end: one that comes late
// must not be what ends devrun, since the status of a hook that dies by a signal
// is no failure to pre-commit.
func (c *cli) smoke(ctx *urfave.Context) error {
	signals := newSignals()
	opts, err := c.smokeOptions(ctx)
	if err != nil {
		return err
	}
	run, err := smoke.New(opts)
	if err != nil {
		return usagef("%v", err)
	}
	parent, orphaned := context.WithCancelCause(context.Background())
	defer watchParent(orphaned)()
	runCtx, now := signals.Follow(parent, run.Services())
	result := run.Do(runCtx, now)
	c.status = result.Status
	return c.printSmoke(result, ctx.Bool("json"), ctx.String("junit"))
}

func (c *cli) smokeOptions(ctx *urfave.Context) (smoke.Options, error) {
	t, err := c.target(ctx, ctx.Args().Slice())
	if err != nil {
		return smoke.Options{}, err
	}
	opts := smoke.Options{
		Options: launcher.Options{
			Services: t.services, Project: t.project, File: t.file, Environ: environ(true), StateDir: stateDir(),
			Guardian: guardianCommand(),
		},
		Typed: c.typed(), Checks: c.checks, Timeout: t.smoke.Timeout, Pinned: ctx.Bool("pinned"), KeepLog: ctx.Bool("keep-log"),
	}
	if opts.Dir, err = workingDir(); err != nil {
		return opts, err
	}
	if t.file != "" {
		if opts.Dir, err = filepath.Abs(filepath.Dir(t.file)); err != nil {
			return opts, err
		}
	}
	if len(opts.Checks) == 0 {
		opts.Checks = smoke.Checks(t.smoke.Checks, t.services)
	}
	if value := ctx.String("timeout"); value != "" {
		if opts.Timeout, err = parseWait("timeout", value); err == nil && opts.Timeout == 0 {
			err = badValue("timeout", value, "want a duration above zero")
		}
	}
	return opts, err
}

// printSmoke prints the result. A file that cannot be written is a failure of
// its own only where all else was well.
func (c *cli) printSmoke(result report.Run, asJSON bool, junit string) error {
	var errFile error
	if junit != "" {
		var text bytes.Buffer
		errFile = result.JUnit(&text)
		if errFile == nil {
			errFile = os.WriteFile(junit, text.Bytes(), 0o644)
		}
	}
	var err error
	switch {
	case asJSON:
		err = result.JSON(c.stdout)
	case result.OK:
		_ = result.Text(c.stdout) // nobody reads it: the status tells
	default:
		_ = result.Text(c.stderr)
	}
	if !result.OK {
		if errFile != nil {
			_, _ = io.WriteString(c.stderr, "devrun: "+errFile.Error()+"\n")
		}
		return nil
	}
	return errors.Join(err, errFile)
}

// environ is the environment that services, builds and checks inherit, on demand
// without git's own variables.
func environ(scrubbed bool) []string {
	if scrubbed {
		return gitenv.Scrub(os.Environ())
	}
	return os.Environ()
}

// insideHook reports whether git has started devrun: then its variables lead
// every git in the services to the repository that is being committed to.
func insideHook() bool {
	return slices.ContainsFunc([]string{"GIT_INDEX_FILE", "GIT_DIR"}, func(name string) bool { return strings.TrimSpace(os.Getenv(name)) != "" })
}
