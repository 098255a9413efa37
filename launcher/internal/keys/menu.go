package keys

import (
	"strconv"
	"strings"
)

// Verb is what a key asks for.
type Verb int

// The verbs. Those from Restart on are about a service, which a further key names.
const (
	Nothing Verb = iota
	Help         // h, ?
	Blank        // Enter: an empty line on the screen
	Quit         // q
	Cancel       // Escape, while a service is to be named
	Restart      // r
	Logs         // l: show the output of one service, or of all
	Open         // o: in the browser
	Attach       // a: type to a service
)

var verbs = map[rune]Verb{'h': Help, '?': Help, Enter: Blank, 'q': Quit, 'r': Restart, 'l': Logs, 'o': Open, 'a': Attach}

// Service is one that can be named.
type Service struct {
	Name string
	URL  string // "" has none
}

// Step is what is to be done after a key.
type Step struct {
	Verb    Verb
	Service string   // "" is all services
	Ask     bool     // not yet: Verb needs a service, which one of Choices may be
	Choices []Choice // none if no service comes into question
	Enter   string   // what Enter would choose: a service, All, or "" for nothing
}

// All is what Enter chooses where a verb may be about all services.
const All = "all"

// Choice is a service with the number that chooses it, its place among all.
type Choice struct {
	Number int
	Name   string
}

// Menu is what has been typed so far. Its zero value is the start.
type Menu struct {
	verb  Verb   // that needs a service; Nothing while none does
	typed string // of the service's number or name
}

// Key takes one key. Services returns what there is to choose from, in the order of
// its numbers; it is called only for a verb that needs it.
func (m *Menu) Key(key rune, services func() []Service) Step {
	if m.verb == Nothing {
		verb := verbs[key]
		if verb < Restart {
			return Step{Verb: verb}
		}
		m.verb, m.typed = verb, ""
		return m.settle(m.candidates(services()), false)
	}
	switch {
	case key == Escape:
		m.verb = Nothing
		return Step{Verb: Cancel}
	case key != Enter:
		m.typed += string(key)
	}
	return m.settle(m.candidates(services()), key == Enter)
}

// candidates are the services that the verb can be about.
func (m *Menu) candidates(services []Service) []Choice {
	var list []Choice
	for i, s := range services {
		if m.verb != Open || s.URL != "" {
			list = append(list, Choice{i + 1, s.Name})
		}
	}
	return list
}

// settle does what was asked for if that is clear by now, and else asks.
func (m *Menu) settle(candidates []Choice, entered bool) Step {
	enter := ""
	switch {
	case len(candidates) == 0:
	case m.verb == Open:
		enter = candidates[0].Name
	case m.verb != Attach:
		enter = All
	}
	matching, exact := match(candidates, m.typed)
	step := Step{Verb: m.verb}
	switch {
	case len(candidates) == 1 && m.typed == "":
		step.Service = candidates[0].Name
	case m.typed != "" && len(matching) == 1:
		step.Service = matching[0].Name
	case entered && m.typed == "" && enter == All:
	case entered && m.typed == "" && enter != "":
		step.Service = enter
	case entered && exact != "":
		step.Service = exact
	case m.typed != "" && len(matching) == 0, entered:
		m.verb = Nothing
		return Step{Verb: Cancel}
	default:
		if m.typed != "" {
			enter = exact
		}
		step.Ask, step.Choices, step.Enter = true, matching, enter
		if len(matching) == 0 {
			m.verb = Nothing
		}
		return step
	}
	m.verb = Nothing
	return step
}

// match returns the candidates whose number or name begins with typed, and the one
// that it names in full. A number wins over a name.
func match(candidates []Choice, typed string) (matching []Choice, exact string) {
	begins := func(text func(Choice) string) {
		for _, c := range candidates {
			if strings.HasPrefix(text(c), typed) {
				matching = append(matching, c)
			}
			if text(c) == typed {
				exact = c.Name
			}
		}
	}
	begins(func(c Choice) string { return strconv.Itoa(c.Number) })
	if len(matching) == 0 {
		begins(func(c Choice) string { return c.Name })
	}
	return matching, exact
}
