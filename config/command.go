package config

import (
	"errors"
	"strings"

	"devrun/config/words"
)

// argv is a command: text that is split like a shell does, or a list of words. Both
// have variables; in text, quotes in '…' protect them as in a shell.
// instead is the advice in the message about a script.
func argv(instead string) shape[[]string] {
	texts := listOf(withVariables(anyText()))
	schema := object{{"oneOf", []object{{{"type", "string"}, {"pattern", `\S`}}, texts.schema}}}
	return shape[[]string]{schema, func(r *reader, p place) ([]string, bool) {
		if p.kind == list {
			v, ok := texts.read(r, p)
			if ok && v[0] == "" {
				r.wrong(p.item(0), "must be a program")
				ok = false
			}
			if ok {
				for i, word := range v {
					r.placeholders(p.item(i), word)
				}
			}
			return v, ok
		}
		if p.kind != text {
			r.wrong(p, "must be a command or a list of its words, not %s", p.what())
			return nil, false
		}
		v, err := words.SplitExpanding(p.text, instead, expandText)
		if err != nil {
			var broken *words.Error
			errors.As(err, &broken)
			rule := broken.Rule
			if strings.HasSuffix(broken.Sign, "=") {
				rule += ", or the variable under env:"
			}
			r.wrongPart(p, broken.Sign, "%s", rule)
			return nil, false
		}
		r.placeholders(p, p.text)
		return v, true
	}}
}

// Advice for a script in place of a command.
const (
	scriptPlace  = "put the script under shell:"
	scriptInList = "write the command as [sh, -c, SCRIPT]"
)

// script is text for a shell.
func script() shape[[]string] {
	return shape[[]string]{object{{"type", "string"}, {"pattern", `\S`}}, func(r *reader, p place) ([]string, bool) {
		if p.kind != text || strings.TrimSpace(p.text) == "" {
			r.wrong(p, "must be a script for the shell")
			return nil, false
		}
		if strings.ContainsRune(p.text, 0) {
			r.wrong(p, "contains a NUL character")
			return nil, false
		}
		r.placeholders(p, p.text)
		return []string{shellPath, "-c", p.text}, true
	}}
}
