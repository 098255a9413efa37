package framework

import (
	"slices"
	"strings"

	"devrun/config/words"
)

// target is the program that a command starts in the end.
type target struct {
	row    *Framework // nil: it is not in the table
	args   []string   // the words the program gets
	at     int        // index in the command for further words; -1 if none can be added
	lead   []string   // words that must come before them
	splice splice     // where they fit in the text of a script that is one of the words
	env    []setting  // variables that the command sets for it; the last one of a name counts
	node   bool       // it is a script that node runs

	script string  // where the words of it stand that were not typed; "": all were
	typed  int     // how many of args, at their end, were typed
	calm   bool    // it watches or filters beside a server, and serves nothing
	vague  bool    // it is one of several servers
	hider  *target // the tool around it that hides PORT from it; nil for none
	kept   Kept    // what the outermost npm on the way keeps from it
}

// shifted is t, found in argv[by:], seen from argv.
func (t target) shifted(by int) target {
	if t.at >= 0 {
		t.at += by
	}
	t.splice.word += by
	return t.hidden(func(h target) target { return h.shifted(by) })
}

// from is t, found in a command whose first own words are not in argv and whose other
// words begin at argv[start]. Nothing can be added among the former. total is the
// length of that command.
func (t target) from(own, start, total int) target {
	t.typed = min(t.typed, total-own)
	t.splice = splice{}
	if t.at < own {
		t.at = -1
	} else {
		t.at += start - own
	}
	return t.hidden(func(h target) target { return h.from(own, start, total) })
}

// behind is t where words stand before those that are added.
func (t target) behind(lead []string) target {
	t.lead = append(lead[:len(lead):len(lead)], t.lead...)
	return t.hidden(func(h target) target { return h.behind(lead) })
}

// splice is a place for further words within the text of a script.
type splice struct {
	word int      // index in the command of the word that is the script
	end  int      // byte offset in it; 0: there is no place
	lead []string // words that must come before them
}

// into is argv with further words in the script.
func (s splice) into(argv, added []string) []string {
	argv = slices.Clone(argv)
	text := argv[s.word]
	argv[s.word] = text[:s.end] + " " + words.Join(added) + text[s.end:]
	return argv
}

// within is t, found as the command c of a script, where further words reach it only
// inside the script.
func (t target) within(c words.Command) target {
	at, lead := t.at, t.lead
	if t = t.deaf(); c.End > 0 && at == len(c.Words) {
		t.splice = splice{end: c.End, lead: lead}
	}
	return t
}

// deaf is t where no further words reach it.
func (t target) deaf() target {
	t.at, t.lead, t.typed, t.splice = -1, nil, 0, splice{}
	return t.hidden(target.deaf)
}

// setting is a variable that a command sets for its program.
type setting struct {
	pair   string // NAME=value
	script string // where it stands; "": it was typed
}

// sets is t with variables that stand before the command.
func (t target) sets(pairs []string) target {
	env := make([]setting, 0, len(pairs)+len(t.env))
	for _, pair := range pairs {
		env = append(env, setting{pair: pair})
	}
	t.env = append(env, t.env...)
	return t
}

// variable is the value of a variable that the program gets: as the command sets it,
// else as environ has it; "" for none.
func (t target) variable(name string, environ []string) string {
	if s, ok := t.setting(name); ok {
		return s.pair[len(name)+1:]
	}
	for _, pair := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// setting is the last one of a name.
func (t target) setting(name string) (setting, bool) {
	for _, s := range slices.Backward(t.env) {
		if strings.HasPrefix(s.pair, name+"=") {
			return s, true
		}
	}
	return setting{}, false
}

// hidden applies do to the tool around t, which the same words stand before.
func (t target) hidden(do func(target) target) target {
	if t.hider != nil {
		h := do(*t.hider)
		t.hider = &h
	}
	return t
}
