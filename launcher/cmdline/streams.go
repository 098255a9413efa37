package cmdline

import (
	"io"
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
// start, none does. A service that does not read ours has a stdin that stays open.
type streams struct {
	console *output.Console
	tty     process.TTY
	onMany  func() // called once, when there is a second service

	mu    sync.Mutex // guards names and lanes
	names []string   // in the order of their arrival
	lanes map[string]*lane
}

// lane is the streams of one service.
type lane struct {
	stdin    *os.File // nil: not ours
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
	known := slices.Contains(s.names, name)
	if !known {
		s.names = append(s.names, name)
	}
	l := &lane{
		out: &switchable{direct: s.console.Stdout(), terminal: s.tty.Stdout},
		err: &switchable{direct: s.console.Stderr(), terminal: s.tty.Stderr},
	}
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

// close prints unfinished lines, and resets terminals.
func (s *streams) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.out.close()
		l.err.close()
	}
}

// switchable writes bytes unchanged until it is given a label.
type switchable struct {
	direct   io.Writer
	terminal bool                          // direct leads to one
	modes    output.Modes                  // of that terminal
	prefix   atomic.Pointer[output.Prefix] // nil: no label yet
}

func (w *switchable) Write(p []byte) (int, error) {
	if prefix := w.prefix.Load(); prefix != nil {
		return prefix.Write(p)
	}
	if w.terminal {
		w.modes.Follow(p)
	}
	return w.direct.Write(p)
}

// label turns all further output into whole lines with a label. Only the first call
// has an effect.
func (w *switchable) label(label output.Label) {
	if w.prefix.Load() == nil {
		w.prefix.Store(output.NewPrefix(w.direct, label))
	}
}

// EndProcess ends the unfinished line of a process that has exited. A full-screen
// program that was killed leaves the terminal in its modes; those are reset.
func (w *switchable) EndProcess() {
	if prefix := w.prefix.Load(); prefix != nil {
		prefix.EndLine()
	}
	w.resetModes()
}

func (w *switchable) resetModes() {
	if undo := w.modes.Reset(); len(undo) > 0 {
		_, _ = w.direct.Write(undo) // it fails if the terminal is gone
	}
}

func (w *switchable) close() {
	if prefix := w.prefix.Load(); prefix != nil {
		_ = prefix.Close() // it fails if the reader of our output is gone
	}
	w.resetModes()
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
