// Package expand replaces the references to variables in a text: $NAME, ${NAME},
// and ${NAME:-text} with its relatives. It runs no commands.
package expand

import "strings"

// Rules are how the references in a text are replaced.
type Rules struct {
	// Lookup returns the value of a variable; ok is false for an unknown one.
	Lookup func(name string) (value string, ok bool)
	// Strict makes a reference without a value an error, and $$ a single $, as in
	// compose files. Otherwise both stay as they are written.
	Strict bool
	// Escapes decodes \n, \r, \t, \", \\ and \$; other backslashes stay.
	Escapes bool
}

// MaxBytes is the longest text that Expand returns.
const MaxBytes = 1 << 20

// Error is a reference that cannot be replaced.
type Error struct {
	Offset int    // of its $ in the text, in bytes
	Name   string // of the variable; empty where there is none
	Braces bool   // the name is in braces
	Rule   string // the rule that is violated; it contains no part of the text
}

func (e *Error) Error() string {
	if e.Name == "" {
		return e.Rule
	}
	return e.Name + " " + e.Rule
}

// Rules for references without a value.
const (
	// Unset is the rule for a variable without a value, where one is needed.
	Unset    = "is not set"
	empty    = "is not set, or is empty"
	badName  = "${ must be followed by a name, and by } or :-text}"
	command  = "$( runs no command here"
	tooLarge = "is too long when its variables are filled in"
)

// Expand returns text with its references replaced. The replacements are not
// expanded again, except for the text of a default. The error is an *Error.
func (r Rules) Expand(text string) (string, error) {
	if strings.IndexByte(text, '$') < 0 && (!r.Escapes || strings.IndexByte(text, '\\') < 0) {
		return text, nil
	}
	x := expander{Rules: r, text: text, ends: r.ends(text)}
	x.expand(0, len(text))
	if x.err != nil {
		return "", x.err
	}
	return x.out.String(), nil
}

// Name returns the length of the variable's name at the start of text.
func Name(text string) int {
	for i := range len(text) {
		c := text[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(text)
}

// ends finds the closing brace of each ${ in text.
func (r Rules) ends(text string) map[int]int {
	if !strings.Contains(text, "${") {
		return nil
	}
	ends := map[int]int{}
	var open []int
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && r.Escapes:
			i++
		case strings.HasPrefix(text[i:], "$$"):
			i++
		case strings.HasPrefix(text[i:], "${"):
			open = append(open, i)
			i++
		case text[i] == '}' && len(open) > 0:
			ends[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	return ends
}

// expander is one call of Expand.
type expander struct {
	Rules
	text string
	ends map[int]int // of each ${ that is closed
	out  strings.Builder
	err  *Error // the first one
}

// put writes text of the result that stands for the reference at.
func (x *expander) put(text string, at int) {
	if x.out.Len()+len(text) > MaxBytes {
		x.fail(at, "", false, tooLarge)
		return
	}
	x.out.WriteString(text)
}

// fail records the first mistake.
func (x *expander) fail(at int, name string, braces bool, rule string) {
	if x.err == nil {
		x.err = &Error{Offset: at, Name: name, Braces: braces, Rule: rule}
	}
}

// expand handles text[i:end].
func (x *expander) expand(i, end int) {
	for i < end && x.err == nil {
		size := strings.IndexAny(x.text[i:end], `$\`)
		if size < 0 {
			size = end - i
		}
		if size > 0 {
			x.put(x.text[i:i+size], i)
			i += size
			continue
		}
		if x.text[i] == '\\' {
			i = x.backslash(i, end)
			continue
		}
		i = x.dollar(i, end)
	}
}

// escaped are the characters that a backslash changes, with what they become.
var escaped = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '"': `"`, '\\': `\`, '$': "$"}

// backslash handles the backslash at i, and returns where to go on.
func (x *expander) backslash(i, end int) int {
	if x.Escapes && i+1 < end {
		if becomes, ok := escaped[x.text[i+1]]; ok {
			x.put(becomes, i)
			return i + 2
		}
	}
	x.put(`\`, i)
	return i + 1
}

// dollar handles the $ at i, and returns where to go on.
func (x *expander) dollar(i, end int) int {
	rest := x.text[i+1 : end]
	switch {
	case strings.HasPrefix(rest, "$"):
		x.put("$", i)
		if !x.Strict {
			x.put("$", i)
		}
		return i + 2
	case strings.HasPrefix(rest, "{"):
		return x.braces(i)
	case strings.HasPrefix(rest, "(") && x.Strict:
		x.fail(i, "", false, command)
		return end
	}
	size := Name(rest)
	if size == 0 {
		x.put("$", i)
		return i + 1
	}
	name := rest[:size]
	value, ok := x.Lookup(name)
	switch {
	case ok:
		x.put(value, i)
	case x.Strict:
		x.fail(i, name, false, Unset)
	default:
		x.put("$"+name, i)
	}
	return i + 1 + size
}

// braces handles the ${ at i, and returns where to go on.
func (x *expander) braces(i int) int {
	end, closed := x.ends[i]
	inner := ""
	if closed {
		inner = x.text[i+2 : end]
	}
	size := Name(inner)
	operator := operatorOf(inner[size:])
	if size == 0 || operator == "" && len(inner) > size {
		if x.Strict {
			x.fail(i, "", true, badName)
		}
		x.put("${", i)
		return i + 2
	}
	name, word := inner[:size], i+2+size+len(operator)
	value, set := x.Lookup(name)
	if strings.HasPrefix(operator, ":") {
		set = set && value != ""
	}
	switch {
	case strings.HasSuffix(operator, "+"):
		if set {
			x.expand(word, end)
		}
	case set:
		x.put(value, i)
	case strings.HasSuffix(operator, "-"):
		x.expand(word, end)
	case operator == ":?":
		x.fail(i, name, true, empty)
	case operator == "?" || x.Strict:
		x.fail(i, name, true, Unset)
	default:
		x.put("${"+name+"}", i)
	}
	return end + 1
}

// operatorOf returns the operator at the start of text, as in POSIX.1-2024, Shell
// Command Language, 2.6.2; "" for none.
func operatorOf(text string) string {
	for _, operator := range []string{":-", ":+", ":?", "-", "+", "?"} {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}
