package framework

import (
	"slices"
	"strings"
)

// Kept are the flags behind the name of a script that npm takes for its own: it drops
// them, and of "--port 4000" passes on the number alone (npm run --help).
type Kept struct {
	Flags []string // "--port"; empty: npm keeps none
	Line  []string // the command with "--" before them, which passes them on; nil: it depends on a shell
	Place string   // "the script dev of package.json", where the command stands; "": it was typed
	Port  int      // that they ask for, 1–65535; 0: none
	Rest  []string // with a port: the command without the flag for it

	passed bool // a script got them from the command that started it
}

// KeptFlags returns what npm, started by argv in dir, keeps from the program that it
// starts.
func KeptFlags(argv []string, dir string) Kept {
	t, _ := resolve(argv, dir, 0)
	k := t.kept
	if slices.ContainsFunc(k.Line, func(word string) bool { return strings.ContainsRune(word, 0) }) {
		k.Line, k.Port, k.Rest = nil, 0, nil
	}
	return k
}

// placed is what npm keeps in a script that was started with further words.
func (k Kept) placed(place string, own, further []string) Kept {
	in := func(words []string) bool {
		return slices.ContainsFunc(k.Flags, func(flag string) bool { return slices.Contains(words, flag) })
	}
	switch {
	case len(k.Flags) == 0 || k.Place != "":
	case in(further) && !in(own):
		k.passed = true
	default:
		k.Place = place
	}
	return k
}

// keeps is t behind the runner's words, some of which the runner keeps.
func (t target) keeps(at site, argv []string, name, rest int) target {
	k := Kept{Flags: at.kept}
	switch {
	case t.kept.passed && len(at.kept) == 0:
		t.kept = Kept{Flags: t.kept.Flags, Line: slices.Concat(argv[:rest], []string{"--"}, argv[rest:])}
		t.kept.Port, t.kept.Rest = t.without(argv[rest:], func(passed []string) []string {
			if len(passed) == 0 && argv[rest-1] == "--" {
				return argv[: rest-1 : rest-1]
			}
			return slices.Concat(argv[:rest], passed)
		})
		return t
	case len(at.kept) == 0:
		return t
	}
	own := slices.DeleteFunc(slices.Clone(argv[:name+1]), func(word string) bool { return slices.Contains(at.kept, word) })
	own = append(own, at.own...)
	line := func(passed []string) []string {
		if passed = slices.Concat(passed, argv[rest:]); len(passed) == 0 {
			return own
		}
		return slices.Concat(own, []string{"--"}, passed)
	}
	k.Line = line(at.passed)
	k.Port, k.Rest = t.without(at.passed, line)
	t.kept = k
	return t
}

// without is the port that a flag in passed asks for, and the line of the other words
// there; 0 and nil for none.
func (t target) without(passed []string, line func([]string) []string) (port int, rest []string) {
	flags := "--port -p"
	if t.row != nil && t.row.Form != Word && t.row.Form != Joined {
		flags = t.row.Port + " " + flags
	}
	value, i, ok := findAt(passed, flags)
	if port = portIn(value); !ok || port == 0 {
		return 0, nil
	}
	end := i + 1
	if end < len(passed) && passed[end] == value {
		end++
	}
	return port, line(slices.Delete(slices.Clone(passed), i, end))
}
