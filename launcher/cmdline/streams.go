package cmdline

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"devrun/config"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/service"
)

// streams are the standard streams of the services. A single service has our own,
// byte for byte. Once there is a second one, each line begins with the name of its
// service, and only the first service reads stdin; if there are several from the
// start, none does. A service that does not read ours has a stdin that stays open:
// with a keyboard, a terminal on which something is typed once it is attached.
type streams struct {
	console *output.Console
	tty     process.TTY
	merged  bool   // stdout and stderr lead to the same place
	onMany  func() // called once, when there is a second service

	keyboard *process.Keyboard // nil: none for several services

	shown atomic.Int64 // lines of output so far

	mu       sync.Mutex // guards what follows
	names    []string   // in the order of their arrival
	lanes    map[string]*lane
	only     string // the service whose output alone is shown; "" for all
	attached string // the service that has the whole terminal; "" for none
}

// lane is the streams of one service.
type lane struct {
	stdin    *os.File      // nil: not ours
	line     *process.Line // nil: nobody can type
	pane     *output.Pane  // nil without a keyboard; labelled lines pass through it
	out, err *switchable
}

func newStreams(console *output.Console, tty process.TTY, merged bool) *streams {
	return &streams{console: console, tty: tty, merged: merged, lanes: map[string]*lane{}}
}

// begin names the services, before any has streams.
func (s *streams) begin(services []config.Service, keyboard *process.Keyboard, onMany func()) {
	s.keyboard, s.onMany = keyboard, onMany
	for _, svc := range services {
		s.names = append(s.names, svc.Name)
	}
	if len(services) > 1 {
		onMany()
	}
}

// nearby is how many lines of other services may follow one that still counts as
// directly above.
const nearby = 4

// above reports whether the last output of a service is directly above the line that
// devrun prints next.
func (s *streams) above(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	return s.merged && l != nil && s.isShown(name) && s.shown.Load()-max(l.out.last.Load(), l.err.last.Load()) <= nearby
}

// of returns the streams of a service, the same at each call.
func (s *streams) of(name string) service.Streams {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		l = s.add(name)
	}
	tty := process.TTY{Stdin: s.tty.Stdin && (l.stdin != nil || l.line != nil), Stdout: s.tty.Stdout, Stderr: s.tty.Stderr}
	return service.Streams{Stdin: l.stdin, Line: l.line, Stdout: l.out, Stderr: l.err, Terminal: terminalOf(tty), TTY: tty}
}

func (s *streams) add(name string) *lane {
	known := slices.Contains(s.names, name)
	if !known {
		s.names = append(s.names, name)
	}
	l := &lane{
		out: newSwitchable(s.console.Stdout(), s.tty.Stdout, &s.shown),
		err: newSwitchable(s.console.Stderr(), s.tty.Stderr, &s.shown),
	}
	s.lanes[name] = l
	if s.keyboard != nil {
		l.line, l.pane = s.keyboard.NewLine(), output.NewPane(s.console.Stdout())
		s.arrange(name, l)
	} else if len(s.names) == 1 {
		l.stdin = os.Stdin
		return l
	}
	if !known && len(s.names) == 2 {
		s.onMany()
	}
	for i, label := range output.Labels(s.names, wantsColor(s.tty.Stdout)) {
		if other := s.lanes[s.names[i]]; other != nil {
			other.out.label(label, other.pane)
			other.err.label(label, other.pane)
		}
	}
	return l
}

// show shows the output of one service alone, "" of all.
func (s *streams) show(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.only = name
	s.arrangeAll()
}

// replay shows the last lines of a service once more.
func (s *streams) replay(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.lanes[name]; l != nil {
		l.pane.Replay()
	}
}

// attach gives the terminal to one service, whose output is shown as it is written.
// Announce is called once the other services are not shown any more.
func (s *streams) attach(name string, announce func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		return
	}
	s.attached = name
	s.arrangeAll()
	l.out.attach(func() {
		s.keyboard.Attach(l.line) // first: who reads that may type
		announce()
	})
}

// detach undoes attach. Announce is called before anything else is shown.
func (s *streams) detach(announce func(name string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.attached
	s.attached = ""
	if l := s.lanes[name]; l != nil {
		l.out.detach(func() { announce(name) })
	}
	s.arrangeAll()
}

// arrangeAll is arrange for every service. The caller has mu.
func (s *streams) arrangeAll() {
	for name, l := range s.lanes {
		s.arrange(name, l)
	}
}

// arrange shows or hides the lines of a service. The caller has mu.
func (s *streams) arrange(name string, l *lane) {
	if s.attached == "" && s.isShown(name) {
		l.pane.Show()
	} else {
		l.pane.Hide()
	}
}

// isShown reports whether the output of a service is shown, in lines or as the
// attached one's. The caller has mu.
func (s *streams) isShown(name string) bool {
	if s.attached != "" {
		return s.attached == name
	}
	return s.only == "" || s.only == name
}

// close prints unfinished lines, and resets terminals.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.out.close()
		l.err.close()
	}
}

// terminalOf returns the terminal of a service, nil if it has none.
func terminalOf(tty process.TTY) *os.File {
	switch {
	case tty.Stdout:
		return os.Stdout
	case tty.Stderr:
		return os.Stderr
	case tty.Stdin:
		return os.Stdin
	}
	return nil
}
