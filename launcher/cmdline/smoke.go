package cmdline

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
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

// smokeCommand starts services, checks them and stops them again. It prints one
// line on stdout if that succeeds, else a report on stderr; with --json it prints
// JSON on stdout in both cases.
func (c *cli) smokeCommand() *urfave.Command {
	return subcommand(smokeWord, "[SERVICE…] [-- COMMAND [ARG…]]", "start, wait until ready, check, stop: for a hook", c.smoke, smokeFlags()...)
}

// smokeFlags are the flags of a smoke run and those of its checks, which
// takeChecks has removed from the command line, since the library loses their
// order.
func smokeFlags() []urfave.Flag {
	flags := flagsOf(bySmoke)
	i := slices.IndexFunc(flags, func(f urfave.Flag) bool { return f.(urfave.CategorizableFlag).GetCategory() == resultFlags })
	var checks []urfave.Flag
	for _, f := range check.Usages() {
		checks = append(checks, &urfave.StringFlag{Name: f.Name, Usage: f.Text, Category: checkFlags})
	}
	return slices.Insert(flags, i, checks...)
}

// takeChecks removes the flags of checks from the command line of a smoke run.
func (c *cli) takeChecks() error {
	_, args := partition(c.own, c.app().Flags)
	if len(args) == 0 || args[0] != smokeWord {
		return nil
	}
	at := slices.Index(c.own, smokeWord)
	if at > 0 {
		return &UsageError{Message: c.own[0] + " is before smoke; put its flags after it", Try: words.Join(slices.Concat([]string{"devrun", smokeWord}, c.own[:at], c.own[at+1:]))}
	}
	known := c.app().Command(smokeWord).Flags
	checks, rest, err := check.ParseFlags(c.own[1:], func(name string) bool { return takesValue("--"+name, known) })
	if err != nil {
		return usagef("%v", err)
	}
	c.checks, c.own = checks, append([]string{smokeWord}, rest...)
	return nil
}

// smoke makes a smoke run. Its status is never that of a process that died by a
// signal, which pre-commit may take for success.
func (c *cli) smoke(ctx *urfave.Context) error {
	return c.bounded(func(s *signals) (int, error) {
		opts, err := c.smokeOptions(ctx)
		if err != nil {
			return 0, err
		}
		run, err := smoke.New(opts)
		if err != nil {
			return 0, usagef("%v", err)
		}
		defer watchParent(s)()
		s.follow(run.Services(), nil)
		result := run.Do(s.ctx, s.now)
		return result.Status, c.printSmoke(result, ctx.Bool("json"), ctx.String("junit"))
	})
}

func (c *cli) smokeOptions(ctx *urfave.Context) (smoke.Options, error) {
	t, err := c.target(ctx, ctx.Args().Slice())
	if err != nil {
		return smoke.Options{}, err
	}
	opts := smoke.Options{
		Options: launcher.Options{
			Services: t.services, Dirs: t.dirs, Project: t.project, File: t.file, Environ: environ(true), StateDir: stateDir(),
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

// printSmoke prints the result. It fails for a file that cannot be written only if
// the run has succeeded.
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
		_ = result.Text(c.stdout) // the status reports the result too
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

// environ returns the environment for services, builds and checks, scrubbed of git's
// own variables if asked for.
func environ(scrubbed bool) []string {
	if scrubbed {
		return gitenv.Scrub(os.Environ())
	}
	return os.Environ()
}

// insideHook reports whether git has started devrun. Its variables would point every
// git in the services to the repository of the commit.
func insideHook() bool {
	return slices.ContainsFunc([]string{"GIT_INDEX_FILE", "GIT_DIR"}, func(name string) bool { return strings.TrimSpace(os.Getenv(name)) != "" })
}
