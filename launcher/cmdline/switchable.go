package cmdline

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"

	"devrun/launcher/internal/output"
)

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

	mu       sync.Mutex // guards what follows, which only a labelled one has
	attached bool       // bytes are written unchanged all the same
	line     []byte     // the unfinished line, such as a prompt, as it was written; its first maxPrompt bytes
}

// maxPrompt bounds an unfinished line that is remembered.
const maxPrompt = 4 << 10

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
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.attached {
			w.remember(p)
			return prefix.Write(p)
		}
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
func (w *switchable) BeginProcess(again bool) {
	w.mu.Lock()
	attached := w.attached
	w.mu.Unlock()
	w.echo.Begin(again && !attached)
}

// ShowProcess shows all output of the process, since it does not fail as before.
func (w *switchable) ShowProcess() { w.echo.Show() }

// remember keeps the unfinished line of what was written.
func (w *switchable) remember(p []byte) {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		w.line, p = w.line[:0], p[i+1:]
	}
	w.line = append(w.line, p[:min(len(p), maxPrompt-len(w.line))]...)
}

// attach writes all further bytes unchanged until detach: after announce has printed
// a line, the unfinished line comes again.
func (w *switchable) attach(announce func()) {
	w.echo.Show()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prefix.Load().EndLine()
	w.attached = true
	announce()
	_, _ = w.direct.Write(output.Styled(w.line)) // the next Write reports it
}

// eraseBelow clears the screen from the cursor on, ECMA-48 ED: line editors show
// previews there.
const eraseBelow = "\x1b[J"

// detach labels what is written from now on, after announce has printed a line.
func (w *switchable) detach(announce func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attached, w.line = false, w.line[:0]
	_, _ = io.WriteString(w.direct, eraseBelow)
	w.resetModes()
	announce()
}

// label turns all further output into whole lines with a label, by way of pane if
// there is one. Only the first call has an effect.
func (w *switchable) label(label output.Label, pane *output.Pane) {
	switch {
	case w.prefix.Load() != nil:
	case pane != nil:
		w.prefix.Store(output.NewPrefix(pane, label))
	default:
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
