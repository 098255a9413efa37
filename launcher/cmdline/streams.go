package cmdline

import (
	"bytes"
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
	merged  bool   // stdout and stderr lead to the same place
	onMany  func() // called once, when there is a second service

	shown atomic.Int64 // lines of output so far

	mu    sync.Mutex // guards names and lanes
	names []string   // in the order of their arrival
	lanes map[string]*lane
}

// lane is the streams of one service.
type lane struct {
	stdin    *os.File // nil: not ours
	out, err *switchable
}

func newStreams(console *output.Console, tty process.TTY, merged bool) *streams {
	return &streams{console: console, tty: tty, merged: merged, lanes: map[string]*lane{}}
}

// begin names the services, before any has streams.
func (s *streams) begin(services []config.Service, onMany func()) {
	s.onMany = onMany
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
	return s.merged && l != nil && s.shown.Load()-max(l.out.last.Load(), l.err.last.Load()) <= nearby
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
		out: newSwitchable(s.console.Stdout(), s.tty.Stdout, &s.shown),
		err: newSwitchable(s.console.Stderr(), s.tty.Stderr, &s.shown),
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

// switchable writes bytes unchanged until it is given a label. At a terminal, and
// with a label, what a failing command prints again is not shown again.
type switchable struct {
	direct   io.Writer
	terminal bool                          // direct leads to one
	modes    output.Modes                  // of that terminal
	onModes  atomic.Pointer[func([]byte)]  // see OnModes; nil: nobody asks
	prefix   atomic.Pointer[output.Prefix] // nil: no label yet
	echo     *output.Echo
	lines    *atomic.Int64 // of all services
	last     atomic.Int64  // of them, the last one of this stream
}

func newSwitchable(direct io.Writer, terminal bool, lines *atomic.Int64) *switchable {
	w := &switchable{direct: direct, terminal: terminal, lines: lines}
	w.echo = output.NewEcho(writerFunc(w.show))
	return w
}

// writerFunc is a function as an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (w *switchable) Write(p []byte) (int, error) {
	if w.terminal || w.prefix.Load() != nil {
		return w.echo.Write(p)
	}
	w.count(p)
	return w.direct.Write(p)
}

// count takes in that output is about to be written.
func (w *switchable) count(p []byte) { w.last.Store(w.lines.Add(int64(bytes.Count(p, []byte{'\n'})))) }

// show writes what people read.
func (w *switchable) show(p []byte) (int, error) {
	w.count(p)
	if prefix := w.prefix.Load(); prefix != nil {
		return prefix.Write(p)
	}
	if w.modes.Follow(p) {
		w.reportModes()
	}
	return w.direct.Write(p)
}

// OnModes has f called with what resets the terminal, whenever that changes and before
// the output that changes it is written.
func (w *switchable) OnModes(f func(undo []byte)) { w.onModes.Store(&f) }

func (w *switchable) reportModes() {
	if f := w.onModes.Load(); f != nil {
		(*f)(w.modes.Undo())
	}
}

// BeginProcess begins the output of a process. Where it is tried again because the
// one before has failed, only output that differs is shown.
func (w *switchable) BeginProcess(again bool) { w.echo.Begin(again) }

// ShowProcess shows all output of the process, since it does not fail as before.
func (w *switchable) ShowProcess() { w.echo.Show() }

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
	w.echo.End()
	if prefix := w.prefix.Load(); prefix != nil {
		prefix.EndLine()
	}
	w.resetModes()
}

func (w *switchable) resetModes() {
	if undo := w.modes.Reset(); len(undo) > 0 {
		_, _ = w.direct.Write(undo) // it fails if the terminal is gone
		w.reportModes()
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
