package config

import (
	"errors"
	"os"
	"strings"

	"devrun/config/expand"
	"devrun/config/words"
)

// withVariables is text in which $NAME and ${NAME} stand for variables of devrun's own
// environment, and $$ for a $, as in compose files. The schema is that of the text as
// it is written.
func withVariables(s shape[string]) shape[string] {
	return shape[string]{s.schema, func(r *reader, p place) (string, bool) {
		v, ok := s.read(r, p)
		if !ok || !strings.Contains(v, "$") {
			return v, ok
		}
		v, err := expandText(v)
		if err != nil {
			r.wrongVariable(p, err)
			return "", false
		}
		filled := *p.node
		filled.text = v
		return s.read(r, place{&filled, p.path, true})
	}}
}

// expandText replaces the variables in text. The error is a *words.Error whose sign is
// the reference.
func expandText(text string) (string, error) {
	devruns := "" // a variable that is not the caller's
	v, err := expand.Rules{Strict: true, Lookup: func(name string) (string, bool) {
		if setByDevrun(name) {
			devruns = name
			return "", true
		}
		return os.LookupEnv(name)
	}}.Expand(text)
	var bad *expand.Error
	switch {
	case devruns == "PORT" || devruns == "HOST":
		return "", &words.Error{Sign: "$" + devruns, Rule: "is set by devrun for the command; write {" + strings.ToLower(devruns) + "} here, or $$" + devruns + " for the text itself"}
	case devruns != "":
		return "", &words.Error{Sign: "$" + devruns, Rule: "is set by devrun for the command; write $$" + devruns + " for the text itself"}
	case !errors.As(err, &bad):
		return v, nil
	case bad.Rule == expand.Unset:
		return "", &words.Error{Sign: "$" + bad.Name, Rule: "is not set in devrun's environment; write ${" + bad.Name + ":-text} for a default, or $$ for a $"}
	case bad.Name != "":
		return "", &words.Error{Sign: "$" + bad.Name, Rule: bad.Rule}
	}
	return "", &words.Error{Rule: bad.Rule + "; write $$ for a $"}
}

// setByDevrun reports whether devrun gives the variable to a service.
func setByDevrun(name string) bool {
	return name == "PORT" || name == "HOST" || strings.HasPrefix(name, "DEVRUN_")
}

// wrongVariable records what expandText found. In a secret only what is plainly a
// reference is shown, such as all of the text: the rest of a password may look like one.
func (r *reader) wrongVariable(p place, err error) {
	var bad *words.Error
	errors.As(err, &bad)
	rule := bad.Rule
	if p.secret && bad.Sign != "" {
		name := bad.Sign[1:]
		if !strings.Contains(p.text, "${"+name) && p.text != "$"+name && (len(name) < 2 || name != strings.ToUpper(name)) {
			rule = "refers to a variable that is not set in devrun's environment; write $$ for a $"
		} else {
			rule = bad.Sign + " " + rule
		}
	}
	r.wrongPart(p, bad.Sign, "%s", rule)
}
