package service

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"devrun/config"
	"devrun/config/dotenv"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/runs"
)

// rememberPipes reads the env files that can be read only once, and waits for their
// writers as long as ctx allows. Nothing waits for them later.
func rememberPipes(ctx context.Context, b *base) *diag.Problem {
	for _, path := range address.EnvFiles(b.svc) {
		var broken *dotenv.Error
		if err := b.env.EnvFiles.Remember(ctx, path); errors.As(err, &broken) {
			return envFileProblem(b, broken)
		}
	}
	return nil
}

// envFileProblem explains an env file that cannot be used.
func envFileProblem(b *base, broken *dotenv.Error) *diag.Problem {
	return new(diag.EnvFileInvalid(diag.NewEnvFileFacts(broken, b.svc, b.env.File)))
}

// heldBack returns what the service does for an input that would end what runs. While
// an env file is broken nothing could be started after that, so what runs goes on
// until the file is corrected; the changes are kept until then.
func (w *watching) heldBack(in Input) Input {
	if in != Dirtied && in != SettledChanged || len(w.svc.EnvFiles) == 0 {
		return in
	}
	problem := w.envFilesBroken()
	switch {
	case problem == nil:
		w.broken = ""
		return in
	case in == Dirtied:
		return DirtiedItself
	}
	w.keep(problem)
	return SettledClean
}

// envFilesBroken returns the problem of the service's env files as they are now; nil
// for none.
func (b *base) envFilesBroken() *diag.Problem {
	var broken *dotenv.Error
	if _, _, err := b.environ(b.around()); errors.As(err, &broken) {
		return envFileProblem(b, broken)
	}
	return nil
}

// keep reports that an env file is broken and what runs goes on.
func (w *watching) keep(problem *diag.Problem) {
	if again := problem.Err.Error(); again != w.broken {
		w.broken = again
		w.report(event.Warn, problem)
	}
	w.notice(event.Info, "keeping the running process until the env file is corrected")
}

// reportUnused reports values of PORT and HOST that devrun's own replace, with the flag
// that makes devrun use them, once for a run.
func (l *launching) reportUnused(unused []address.Unused) {
	for i, u := range unused {
		later := slices.ContainsFunc(unused[i+1:], func(other address.Unused) bool { return other.Name == u.Name })
		if use := l.makeUsed(u); use != "" && !later && l.env.FirstNotice(u.Name+" of "+u.Source) {
			l.notice(event.Info, "%s=%s of %s is not used; to use it: %s", u.Name, u.Value, u.Source, use)
			continue
		}
		l.notice(event.Debug, "%s was set already; the service gets devrun's", u.Name)
	}
}

// makeUsed returns what to type so that devrun uses a value; "" where the user chose
// another one, where the value is none that devrun could use, and where it is that of
// a devrun around this one.
func (l *launching) makeUsed(u address.Unused) string {
	isMark := func(pair string) bool {
		id, ok := strings.CutPrefix(pair, runs.MarkRun+"=")
		return ok && id != ""
	}
	if l.env.Policy.FreshPort || u.Source == address.CallerSource && slices.ContainsFunc(l.env.Environ, isMark) {
		return ""
	}
	flag := ""
	switch u.Name {
	case "PORT":
		if n, err := strconv.Atoi(u.Value); err == nil && n > 0 && n < 1<<16 && !l.svc.Port.Pinned() {
			flag = "--port " + strconv.Itoa(n)
		}
	case "HOST":
		if _, err := address.New(u.Value, 0); err == nil && l.svc.Host == config.Defaults().Host {
			flag = "--host " + u.Value
		}
	}
	if flag == "" {
		return ""
	}
	command, service := l.again()
	file := filepath.Base(l.env.File)
	if service == "" {
		return "devrun " + flag + " -- " + diag.Shown(command)
	}
	if number, isPort := strings.CutPrefix(flag, "--port "); isPort && !strings.HasPrefix(file, config.ProcfileName) {
		return "port: " + number + " in " + file
	}
	return "devrun " + flag + " " + service
}
