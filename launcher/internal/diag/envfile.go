package diag

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"devrun/config"
	"devrun/config/dotenv"
)

// EnvFileFacts are the facts about an env file that cannot be used.
type EnvFileFacts struct {
	Service  string
	File     string // the config file that the service stands in; empty: it was typed
	Origin   string // where in it, as in "devrun.yaml:7"
	Dir      string // of the service
	Home     string
	Here     string // the working folder of devrun
	Template string // a file beside a missing one that it is usually copied from
	Err      *dotenv.Error
}

// NewEnvFileFacts adds what the folder of the env file tells. file is the config file
// of the service, "" for none.
func NewEnvFileFacts(broken *dotenv.Error, svc config.Service, file string) EnvFileFacts {
	f := EnvFileFacts{Service: svc.Name, File: file, Origin: svc.Origin, Dir: svc.Dir, Home: Home(), Err: broken}
	f.Here, _ = os.Getwd()
	if !errors.Is(broken.Err, fs.ErrNotExist) {
		return f
	}
	for _, suffix := range []string{".example", ".sample", ".template", ".dist"} {
		if info, err := os.Stat(broken.Path + suffix); err == nil && info.Mode().IsRegular() {
			f.Template = broken.Path + suffix
			break
		}
	}
	return f
}

// EnvFileInvalid lists all mistakes of an env file, without its values.
func EnvFileInvalid(f EnvFileFacts) Problem {
	p := Problem{Code: CodeEnvFileInvalid, Status: statusConfig, Err: f.Err}
	name := f.shown(f.Err.Path)
	p.know("service", f.Service, "file", f.Err.Path)
	if f.File != "" && f.Origin != "" {
		p.fact("wanted by", f.Service+", "+f.Origin)
	}
	if n := len(f.Err.Mistakes); n > 0 {
		p.Summary = fmt.Sprintf("the env file %s has %s", name, plural(n, "error", "errors"))
		mistakes := make([]map[string]any, 0, n)
		for i, m := range f.Err.Mistakes {
			if i < maxFactsOfOneLabel {
				p.fact(place(f.near(f.Err.Path), m.Line, m.Column), m.Rule)
			}
			mistakes = append(mistakes, map[string]any{"line": m.Line, "column": m.Column, "rule": m.Rule})
		}
		if more := n - maxFactsOfOneLabel; more > 0 {
			p.fact("and", plural(more, "more", "more"))
		}
		p.always("errors", mistakes)
	} else {
		p.Summary = fmt.Sprintf("the env file %s cannot be read: %v", name, f.Err.Err)
		if errors.Is(f.Err.Err, fs.ErrNotExist) {
			p.Summary = "there is no env file " + name
		}
		p.know("reason", f.Err.Err.Error())
	}
	if f.Template != "" {
		p.try(line("cp "+quote(f.shown(f.Template))+" "+quote(name)), "begin with the project's template")
	}
	if f.File != "" {
		p.try(devrun("check"), "check it again")
	}
	p.try(explain(CodeEnvFileInvalid), "how devrun reads env files")
	return p
}

// shown returns a path as it would be typed: in the service's folder if that is the
// user's as well.
func (f EnvFileFacts) shown(path string) string {
	if rel, err := filepath.Rel(f.Dir, path); f.File == "" && err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return ShortenPath(path, f.Home)
}

// near returns a path relative to the working folder if it is below that, where a
// terminal can open it; else as shown.
func (f EnvFileFacts) near(path string) string {
	if rel, err := filepath.Rel(f.Here, path); f.Here != "" && err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return f.shown(path)
}
