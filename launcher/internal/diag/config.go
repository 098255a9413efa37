package diag

import (
	"errors"
	"fmt"
	"io/fs"

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
	unread := broken.Err != nil && len(broken.Mistakes) == 1
	if unread {
		p.Summary = broken.File + " " + broken.Mistakes[0].Text()
	}
	mistakes := make([]map[string]any, 0, len(broken.Mistakes))
	for _, m := range broken.Mistakes {
		if secret.Name(m.Key) {
			m.Value = ""
		}
		if !unread {
			p.fact(place(broken.File, m.Line, m.Column), m.Text())
		}
		mistakes = append(mistakes, map[string]any{"line": m.Line, "column": m.Column, "key": m.Key, "value": m.Value, "rule": m.Rule, "near": m.Near})
	}
	p.know("file", broken.File, "errors", mistakes)
	p.try(devrun("check"), "check it again")
	switch {
	case !unread && config.IsProcfile(broken.File): // no schema describes it
	case !unread:
		p.try(Remedy{Sub: "schema", To: "devrun.schema.json"}, "write the schema that lets your editor check it")
	case errors.Is(broken.Err, fs.ErrNotExist):
		p.try(devrun("init"), "write a devrun.yaml for this folder")
	default:
		p.try(explain(CodeConfigInvalid), "how devrun reads the file")
	}
	return p
}

// place is where a mistake is, in the form that terminals and editors open:
// "devrun.yaml:4:5:". A line or column of 0 is unknown.
func place(file string, line, column int) string {
	switch {
	case line > 0 && column > 0:
		return fmt.Sprintf("%s:%d:%d:", file, line, column)
	case line > 0:
		return fmt.Sprintf("%s:%d:", file, line)
	}
	return file + ":"
}
