package cmdline

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"devrun/launcher"
	"devrun/launcher/internal/keys"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/text"
)

// prompt carries out what is asked by single keys.
type prompt struct {
	run     *launcher.Run
	streams *streams
	lines   io.Writer // of devrun's own
	prefix  string    // in front of the first one
	columns func() int
	open    func(url string)
	quit    func()
	menu    keys.Menu
}

// hint is what the first screen says about keys.
const hint = "press h to show the keys"

// keyHelp fits a terminal of 60 columns.
const keyHelp = `keys
  r  restart all services, or one
  l  show the output of one service, or of all
  o  open a service in the browser
  a  attach to a service, to type: a debugger, a REPL
  q  quit, as Ctrl-C does
  h  show this; Enter prints an empty line
  A number or first letters name a service, Esc none.`

// questions begin the question which service a key is about.
var questions = map[keys.Verb]string{keys.Restart: "restart:", keys.Logs: "show the output of:", keys.Open: "open:", keys.Attach: "attach to:"}

// key takes one key.
func (p *prompt) key(key rune) {
	step := p.menu.Key(key, p.services)
	switch {
	case step.Ask && len(step.Choices) == 0 && step.Verb == keys.Open:
		p.say("no service has a URL")
	case step.Ask && len(step.Choices) == 0:
		p.say("no service runs")
	case step.Ask:
		p.say(flow(questions[step.Verb], choices(step), p.columns()-text.Columns("devrun: ")))
	default:
		p.carryOut(step)
	}
}

// carryOut does what a key, or several, asked for.
func (p *prompt) carryOut(step keys.Step) {
	name := step.Service
	switch step.Verb {
	case keys.Help:
		p.say(keyHelp)
	case keys.Blank:
		_, _ = io.WriteString(p.lines, "\n") // what cannot be printed is lost
	case keys.Quit:
		p.quit()
	case keys.Cancel:
		p.say("nothing chosen")
	case keys.Restart:
		var names []string
		if name != "" {
			names = []string{name}
		}
		if err := p.run.Restart(names); err != nil {
			p.say("cannot restart: " + err.Error())
		}
	case keys.Logs:
		p.streams.show(name)
		if name == "" {
			p.say("showing all services")
			return
		}
		p.say(fmt.Sprintf("showing only %s; l Enter shows all", name))
		p.streams.replay(name)
	case keys.Open:
		if s, ok := p.find(name); ok {
			p.say("opening " + s.URL)
			p.open(s.URL)
		}
	case keys.Attach:
		p.attach(name)
	}
}

// attach lets the user type to a service.
func (p *prompt) attach(name string) {
	if s, ok := p.find(name); !ok || s.State.Over() {
		p.say(name + " does not run; r restarts it")
		return
	}
	p.streams.attach(name, func() { p.say(fmt.Sprintf("attached to %s; Ctrl-] leaves, Ctrl-C goes to it", name)) })
}

// left reports that the attached service was left.
func (p *prompt) left() {
	p.streams.detach(func(name string) { p.say("detached from " + name) })
}

// say prints a line of devrun, or several. It is an answer to a person, and no event.
func (p *prompt) say(message string) {
	_, _ = io.WriteString(p.lines, p.prefix+" "+message+"\n") // what cannot be printed is lost
}

// statusTime bounds the wait for services that are busy.
const statusTime = time.Second

func (p *prompt) status() []remote.ServiceStatus {
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	status, _ := p.run.Status(ctx) // no services before the beginning and after the end
	return status.Services
}

// services returns what there is to choose from.
func (p *prompt) services() []keys.Service {
	var list []keys.Service
	for _, s := range p.status() {
		one := keys.Service{Name: s.Name}
		if !s.State.Over() {
			one.URL = s.URL
		}
		list = append(list, one)
	}
	return list
}

func (p *prompt) find(name string) (remote.ServiceStatus, bool) {
	for _, s := range p.status() {
		if s.Name == name {
			return s, true
		}
	}
	return remote.ServiceStatus{}, false
}

// choices are the answers to a question.
func choices(step keys.Step) []string {
	var items []string
	if step.Enter != "" {
		items = append(items, "Enter "+step.Enter)
	}
	for _, c := range step.Choices {
		items = append(items, fmt.Sprintf("%d %s", c.Number, c.Name))
	}
	return items
}

// flow lists items after a word, in lines of at most width columns; no item is broken.
func flow(word string, items []string, width int) string {
	var b strings.Builder
	b.WriteString(word)
	used := text.Columns(word)
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		if n := text.Columns(item); used+1+n > width {
			b.WriteString("\n  " + item)
			used = 2 + n
		} else {
			b.WriteString(" " + item)
			used += 1 + n
		}
	}
	return b.String()
}
