package cmdline

import (
	"io"
	"os"
	"sync"

	"devrun/config"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/service"
)

// streams are the standard streams of the services. A single service has our own,
// byte for byte. From the second one on each line begins with the name of its
// service; only the first one goes on reading the terminal.
type streams struct {
	console *output.Console
	tty     process.TTY
	onMany  func() // called once, when there is a second service

	mu    sync.Mutex // guards what follows
	names []string   // in the order in which they came
	lanes map[string]*lane
}

// lane is what one service writes to.
type lane struct {
	stdin    *os.File // nil: none
	out, err *switchable
}

func newStreams(console *output.Console, tty process.TTY, services []config.Service, onMany func()) *streams {
	s := &streams{console: console, tty: tty, onMany: onMany, lanes: map[string]*lane{}}
	for _, svc := range services {
		s.names = append(s.names, svc.Name)
	}
	if len(services) > 1 {
		onMany()
	}
	return s
}

// of returns the streams of a service, the same at each call.
func (s *streams) of(name string) service.Streams {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[name]
	if l == nil {
		l = s.add(name)
	}
	tty := process.TTY{Stdin: s.tty.Stdin && l.stdin != nil, Stdout: s.tty.Stdout, Stderr: s.tty.Stderr}
	return service.Streams{Stdin: l.stdin, Stdout: l.out, Stderr: l.err, Terminal: terminalOf(tty), TTY: tty}
}

func (s *streams) add(name string) *lane {
	known := false
	for _, other := range s.names {
		known = known || other == name
	}
	if !known {
		s.names = append(s.names, name)
	}
	l := &lane{out: &switchable{direct: s.console.Stdout()}, err: &switchable{direct: s.console.Stderr()}}
	s.lanes[name] = l
	if len(s.names) == 1 {
		l.stdin = os.Stdin
		return l
	}
	if !known && len(s.names) == 2 {
		s.onMany()
	}
	for i, label := range output.Labels(s.names, wantsColor(s.tty.Stdout)) {
		if other := s.lanes[s.names[i]]; other != nil {
			other.out.label(label)
			other.err.label(label)
		}
	}
	return l
}

// close shows what was left without a line end.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.out.close()
		l.err.close()
	}
}

// switchable passes bytes on as they are, until it is given a label.
type switchable struct {
	direct io.Writer

	mu     sync.Mutex
	prefix *output.Prefix // nil: no label yet
}

func (w *switchable) Write(p []byte) (int, error) {
	w.mu.Lock()
	prefix := w.prefix
	w.mu.Unlock()
	if prefix == nil {
		return w.direct.Write(p)
	}
	return prefix.Write(p)
}

// label makes whole lines with a label of what follows, unless there is one.
func (w *switchable) label(label output.Label) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.prefix == nil {
		w.prefix = output.NewPrefix(w.direct, label)
	}
}

// EndLine ends the unfinished line of a process that is over.
func (w *switchable) EndLine() {
	w.mu.Lock()
	prefix := w.prefix
	w.mu.Unlock()
	if prefix != nil {
		prefix.EndLine()
	}
}

func (w *switchable) close() {
	w.mu.Lock()
	prefix := w.prefix
	w.mu.Unlock()
	if prefix != nil {
		_ = prefix.Close() // whoever reads our output has gone
	}
}

// terminalOf is the terminal that a service's output reaches, if any.
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
