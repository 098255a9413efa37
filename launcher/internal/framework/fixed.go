package framework

import (
	"slices"
	"strconv"
	"strings"
)

// Fixed is the port that a command gives its program itself.
type Fixed struct {
	Port        int    // 1–65535; 0: it names none
	Words       string // "--port 3000", "PORT=3000"
	Place       string // "the script dev of package.json"; "": they were typed
	Replaceable bool   // Overriding can put another port in its place
	// Assumed means that PORT is set for a program that may not read it.
	Assumed bool
}

// FixedPort returns the port that argv, run in dir, gives its program by a flag, a
// word, or a variable that the program reads.
func FixedPort(argv []string, dir string) Fixed {
	t, ok := resolve(argv, dir, 0)
	if !ok || t.vague {
		return Fixed{}
	}
	if f := t.fixedByWords(); f.Port != 0 {
		return f
	}
	return t.fixedByVariable()
}

// fixedByWords looks at the words that the program gets.
func (t target) fixedByWords() Fixed {
	if t.row == nil {
		return Fixed{}
	}
	number, at := t.fixed()
	if number == 0 {
		return Fixed{}
	}
	f := Fixed{Port: number, Words: t.args[at], Replaceable: t.row.Last && t.at >= 0}
	if strings.HasPrefix(f.Words, "-") && at+1 < len(t.args) && !strings.Contains(f.Words, strconv.Itoa(number)) {
		f.Words += " " + t.args[at+1]
	}
	if at < len(t.args)-t.typed {
		f.Place = t.script
	}
	return f
}

// fixed is the port in the user's own words and the index of its word in args.
func (t target) fixed() (number, at int) {
	value := ""
	switch t.row.Form {
	case Word, Joined:
		words := t.places()
		if len(words) == 0 {
			return 0, 0
		}
		value = words[0]
		at = slices.Index(t.args, value)
	default:
		value, at, _ = findAt(t.args, t.row.Port)
	}
	return portIn(value[strings.LastIndexByte(value, ':')+1:]), at
}

// fixedByVariable looks at the variables that the command sets. A program that is told
// its port by a placeholder does not get it from them.
func (t target) fixedByVariable() Fixed {
	name := t.portBy()
	s, ok := t.setting(name)
	if !ok || slices.ContainsFunc(t.args, func(word string) bool { return strings.Contains(word, "{port}") }) {
		return Fixed{}
	}
	port := portIn(s.pair[len(name)+1:])
	if port == 0 {
		return Fixed{}
	}
	if t.row != nil {
		if _, flag := find(t.args, t.row.Port); flag {
			return Fixed{}
		}
	}
	return Fixed{
		Port: port, Words: s.pair, Place: s.script, Assumed: t.row == nil,
		Replaceable: t.row != nil && t.row.Form != Nowhere && t.at >= 0,
	}
}

// portBy is the variable that the program reads its port from; "" for none.
func (t target) portBy() string {
	switch {
	case t.row == nil:
		return "PORT"
	case t.row.PortBy != "":
		return t.row.PortBy
	case t.row.Follows, t.row.Passes, t.row.Form == Nowhere && !t.row.Keeps:
		return "PORT"
	}
	return ""
}

// portIn is the port that a text is; 0 for none.
func portIn(text string) int {
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}
