package config

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"devrun/config/expand"
	"devrun/config/secret"
	"devrun/config/words"
)

// withVariables is text in which $NAME and ${NAME} stand for variables of devrun's own
// environment, and $$ for a $, as in compose files. The value is never shown.
func withVariables(s shape[string]) shape[string] {
	return shape[string]{orVariable(s.schema), func(r *reader, p place) (string, bool) {
		filled, ok := r.fillIn(p, expandText)
		if !ok {
			return "", false
		}
		filled.secret = filled.secret || filled.node != p.node
		return s.read(r, filled)
	}}
}

// typed is a value that is not any text, such as a number or one of a few words. It
// may be written with variables as in withVariables. What they give is typed as an
// unquoted value of YAML, so that the text 3000 is a number.
func typed[V any](s shape[V]) shape[V] {
	return shape[V]{orVariable(s.schema), func(r *reader, p place) (V, bool) {
		filled, ok := r.fillIn(p, expandValue)
		if !ok {
			var none V
			return none, false
		}
		if filled.node != p.node {
			filled.text = strings.TrimSpace(filled.text)
			filled.kind = kindOfText(filled.text)
			filled.secret = filled.secret || secret.Name(filled.from)
		}
		return s.read(r, filled)
	}}
}

// fillIn returns the place with its variables filled in. ok is false after a mistake.
func (r *reader) fillIn(p place, fill func(string) (string, error)) (filled place, ok bool) {
	if p.kind != text || !strings.Contains(p.text, "$") {
		return p, true
	}
	v, err := fill(p.text)
	if err != nil {
		r.wrongVariable(p, err)
		return p, false
	}
	n := *p.node
	n.text = v
	filled = place{node: &n, path: p.path, secret: p.secret}
	if !p.secret && v != p.text {
		filled.from = shorten(secret.Text(p.text))
	}
	return filled, true
}

// kindOfText is the kind that YAML gives to an unquoted scalar. Nothing at all, and
// null, stay text: no key takes them.
func kindOfText(s string) kind {
	switch token.New(s, s, &token.Position{}).Type {
	case token.BoolType:
		return boolean
	case token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType, token.FloatType, token.InfinityType, token.NanType:
		return number
	}
	return text
}

// orVariable is a schema that also accepts text with a $.
func orVariable(schema object) object {
	variable := object{{"type", "string"}, {"pattern", `\$`}}
	if len(schema) == 1 && schema[0].name == "oneOf" {
		// None of these choices accepts a text with a $.
		return object{{"oneOf", append(slices.Clone(schema[0].value.([]object)), variable)}}
	}
	if !slices.ContainsFunc(schema, func(m member) bool { return m.name != "type" && m.name != "minLength" }) && accepts(schema, "string") {
		return schema
	}
	return object{{"anyOf", []object{schema, variable}}}
}

// accepts reports whether the type of a schema is kind, or kind is among its types.
func accepts(schema object, kind string) bool {
	return slices.ContainsFunc(schema, func(m member) bool {
		several, _ := m.value.([]string)
		return m.name == "type" && (m.value == kind || slices.Contains(several, kind))
	})
}

// expandText replaces the variables in text of a command and the like, where those
// that devrun sets for the service have no value yet. The error is a *words.Error whose
// sign is the reference.
func expandText(text string) (string, error) { return expandBut(setByDevrun, text) }

// expandValue replaces the variables in a value that devrun itself uses.
func expandValue(text string) (string, error) {
	return expandBut(func(string) bool { return false }, text)
}

// expandBut replaces the variables in text, except for those that are refused.
func expandBut(refused func(name string) bool, text string) (string, error) {
	devruns := "" // a variable that is not the caller's
	v, err := expand.Rules{Strict: true, Lookup: func(name string) (string, bool) {
		if refused(name) {
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
