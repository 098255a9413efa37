package diag

import (
	"fmt"

	"devrun/config"
	"devrun/config/secret"
)

// ConfigInvalid lists all mistakes of a config file, in file order. The error's
// file is as the user sees it.
func ConfigInvalid(broken *config.Error) Problem {
	p := Problem{Code: CodeConfigInvalid, Status: statusConfig, Err: broken.Err}
	p.Summary = broken.File + " is not valid"
	if n := len(broken.Mistakes); n > 0 {
		p.Summary = fmt.Sprintf("%s has %s", broken.File, plural(n, "error", "errors"))
	}
	mistakes := make([]map[string]any, 0, len(broken.Mistakes))
	for _, m := range broken.Mistakes {
		if secret.Name(m.Key) {
			m.Value = ""
		}
		label := broken.File
		switch {
		case m.Line > 0 && m.Column > 0:
			label = fmt.Sprintf("%d:%d", m.Line, m.Column)
		case m.Line > 0:
			label = fmt.Sprintf("line %d", m.Line)
		}
		p.fact(label, m.Text())
		mistakes = append(mistakes, map[string]any{"line": m.Line, "column": m.Column, "key": m.Key, "value": m.Value, "rule": m.Rule, "near": m.Near})
	}
	p.know("file", broken.File, "errors", mistakes)
	p.try(devrun("check"), "check it again")
	p.try(Remedy{Sub: "schema", To: "devrun.schema.json"}, "write the schema that lets your editor check it")
	return p
}
