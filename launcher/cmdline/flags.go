package cmdline

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/ready"
)

// service returns the command after "--" as a service with the flags.
func (c *cli) service(ctx *urfave.Context, project address.Project, dir string) (config.Service, error) {
	svc := config.Defaults()
	svc.Command, svc.Dir = c.command, dir
	svc.Host = ctx.String("host")
	svc.Env, svc.EnvFiles = ctx.StringSlice("env"), ctx.StringSlice("env-file")
	svc.Adopt = ctx.Bool("adopt")
	err := checkToggles(ctx)
	if err != nil {
		return svc, err
	}
	if svc.Ready.Timeout, err = parseWait("ready-timeout", ctx.String("ready-timeout")); err != nil {
		return svc, err
	}
	if svc.Stop.Timeout, err = parseWait("stop-timeout", ctx.String("stop-timeout")); err != nil {
		return svc, err
	}
	if svc.Port, err = parsePort(ctx.String("port"), ctx.String("port-range")); err != nil {
		return svc, err
	}
	if svc.Ready.Checks, err = parseReady(ctx.String("ready")); err != nil {
		return svc, usagef("%v", err)
	}
	if svc.Stop.Signal, err = parseSignal(ctx.String("stop-signal")); err != nil {
		return svc, err
	}
	for _, pair := range svc.Env {
		if key, _, ok := strings.Cut(pair, "="); !ok || key == "" {
			return svc, badValue("env", key, "want NAME=value")
		}
	}
	switch policy := config.RestartPolicy(ctx.String("restart")); policy {
	case config.RestartOnFailure, config.RestartNever:
		svc.Restart.Policy = policy
	default:
		return svc, badValue("restart", string(policy), "want on-failure or never")
	}
	svc.Watch = config.Watch{Off: ctx.Bool("no-watch"), Include: ctx.StringSlice("watch"), Ignore: ctx.StringSlice("ignore")}
	if svc.Build, err = parseBuild(ctx.String("build")); err != nil {
		return svc, err
	}
	svc.Name = ctx.String("name")
	svc.Named = svc.Name != ""
	if svc.Named && svc.Name != config.CleanName(svc.Name) {
		return svc, usagef("--name %s: want lower case letters, digits, '.', '-' and '_', such as %q", svc.Name,
			cmp.Or(config.CleanName(svc.Name), "web"))
	}
	if svc.Named && c.isCommand(svc.Name) {
		return svc, usagef("--name %s: is a subcommand of devrun; take another name", svc.Name)
	}
	if !svc.Named {
		svc.Name = config.NameFor(svc.Command, cmp.Or(framework.PackageName(svc.Dir), filepath.Base(project.Dir)))
	}
	return svc, nil
}

// isCommand reports whether name is a subcommand.
func (c *cli) isCommand(name string) bool {
	return c.app().Command(name) != nil
}

// badValue reports a value that breaks a rule. It names the flag or the variable that
// has the value.
func badValue(flag, value, rule string) error {
	if value != "" && os.Getenv(variable(flag)) == value {
		return usagef("%s=%s: %s", variable(flag), value, rule)
	}
	return usagef("--%s %s: %s", flag, cmp.Or(value, `""`), rule)
}

// parseWait reads the duration of a flag.
func parseWait(flag, value string) (time.Duration, error) {
	wait, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return 0, badValue(flag, value, "want a duration with its unit, such as 500ms, 5s or 2m")
	case wait < 0:
		return 0, badValue(flag, value, "want a duration that is not negative")
	}
	return wait, nil
}

// parsePort reads --port and --port-range.
func parsePort(value, within string) (config.Port, error) {
	var p config.Port
	if value != "auto" {
		number, err := strconv.Atoi(value)
		if err != nil || number < 1 || number > 65535 {
			return p, badValue("port", value, "want auto or a number from 1 to 65535")
		}
		p.Number = number
	}
	if within == "" {
		return p, nil
	}
	if p.Pinned() {
		return p, usagef("--port %d and --port-range %s exclude each other: give one", p.Number, within)
	}
	parsed, err := port.ParseRange(within)
	var bad *port.RangeError
	if errors.As(err, &bad) {
		return p, badValue("port-range", within, bad.Rule)
	}
	p.First, p.Last = parsed.First, parsed.Last
	return p, nil
}

// parseBuild splits the words of --build as a shell does; nothing is expanded.
func parseBuild(line string) ([]string, error) {
	if line == "" {
		return nil, nil
	}
	argv, err := splitWords(line)
	if err != nil {
		return nil, usagef("--build %s: %v", line, err)
	}
	return argv, nil
}

// splitWords splits a command line as a shell does. An expansion is an error.
func splitWords(line string) ([]string, error) { return words.Split(line, "write it as sh -c '…'") }

// workingDir returns the folder that devrun was started in. It fails if that is gone.
func workingDir() (string, error) {
	dir, err := os.Getwd()
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		return "", usagef("the working folder is gone or cannot be read: %v", err)
	}
	return dir, nil
}

// parseReady reads the value of --ready: tcp, http:PATH, https:PATH, log:REGEX, exec:CMD or none.
// Its error is a *ready.ParseError.
func parseReady(s string) ([]config.Check, error) {
	check, err := ready.Parse(s)
	if err != nil {
		return nil, err
	}
	parsed := config.Check{Kind: config.CheckKind(check.Kind.String()), Path: check.Path, Argv: check.Argv}
	if check.Pattern != nil {
		parsed.Pattern = check.Pattern.String()
	}
	return []config.Check{parsed}, nil
}
