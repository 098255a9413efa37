package diag

import (
	"fmt"
	"strings"

	"devrun/config/secret"
)

// ConfigError is one error of a config file.
type ConfigError struct {
	Line   int    // from 1; 0: the whole file
	Column int    // from 1; 0: unknown
	Key    string // "services.api.port"
	Value  string // as it is written; empty: none, or not to be shown
	Rule   string // "must be auto, none, a number or a range"
	Near   string // the nearest known key, for an unknown one
}

// ConfigFacts is what is known about a config file that is not valid.
type ConfigFacts struct {
	File   string // as it is shown
	Errors []ConfigError
	Err    error
}

// ConfigInvalid lists all errors of a config file, in file order.
func ConfigInvalid(f ConfigFacts) Problem {
	p := Problem{Code: CodeConfigInvalid, Status: statusConfig, Err: f.Err}
	p.Summary = f.File + " is not valid"
	if n := len(f.Errors); n > 0 {
		p.Summary = fmt.Sprintf("%s has %s", f.File, plural(n, "error", "errors"))
	}
	errors := make([]map[string]any, 0, len(f.Errors))
	for _, e := range f.Errors {
		if secret.Name(e.Key) {
			e.Value = ""
		}
		label := f.File
		switch {
		case e.Line > 0 && e.Column > 0:
			label = fmt.Sprintf("%d:%d", e.Line, e.Column)
		case e.Line > 0:
			label = fmt.Sprintf("line %d", e.Line)
		}
		p.fact(label, e.text())
		errors = append(errors, map[string]any{"line": e.Line, "column": e.Column, "key": e.Key, "value": e.Value, "rule": e.Rule, "near": e.Near})
	}
	p.know("file", f.File)
	p.know("errors", errors)
	p.try("devrun check", "check it again")
	p.try("devrun schema > devrun.schema.json", "let your editor check it while you type")
	return p
}

// text is "services.api.prot: unknown key; the nearest is port".
func (e ConfigError) text() string {
	var parts []string
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	if e.Value != "" {
		parts = append(parts, quote(e.Value))
	}
	text := strings.Join(append(parts, e.Rule), ": ")
	if e.Near != "" {
		text += "; the nearest is " + e.Near
	}
	return text
}
