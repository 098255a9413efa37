package output

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

const (
	maxPrefixed = 64 << 10 // bytes of a line that are held back; a longer line is broken off
	maxBatch    = 64 << 10 // bytes that are collected for one Write to the destination
	maxBlanks   = 200      // blank lines that wait for what follows; no screen is higher

	// An unfinished line is shown once nothing was added to it for quiet, and at
	// the latest patience after it began: a row of dots must not wait forever.
	quiet    = 100 * time.Millisecond
	patience = time.Second
)

// Prefix writes one of a service's output streams in whole lines, each with a
// label in front. A destination that keeps each Write in one piece, as *os.File
// and Console do, can be shared by any number of Prefixes.
//
// Colours are kept and end with the line. Other escape sequences and control
// characters are left out, since they would move the cursor in the output of
// other services. Where texts overwrite each other in a line, Prefix shows the
// last one, and once a second the current one if it says something new. A program
// that clears the screen, or goes to another line, begins a line; blank lines in
// front of that, which only push away what was there, are left out, as they are at
// the end.
type Prefix struct {
	dst   io.Writer
	label Label

	mu     sync.Mutex
	row    row    // the unfinished line, up to maxPrefixed bytes
	blanks int    // blank lines that wait for the next text
	shown  []byte // scratch, of emit
	last   []byte // the unfinished text that was shown last, without colours
	began  time.Time
	due    time.Time   // when the line is shown even if unfinished
	timer  *time.Timer // calls flush at due; nil before the first unfinished line
	out    []byte      // labelled lines for the next send
	err    error       // of a send by flush or EndLine
	closed bool
}

// NewPrefix returns a Prefix that writes to dst.
func NewPrefix(dst io.Writer, label Label) *Prefix { return &Prefix{dst: dst, label: label} }

// Write takes the next output. Its error is that of the destination, possibly of
// an earlier Write, or os.ErrClosed.
func (p *Prefix) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, os.ErrClosed
	}
	if err := p.err; err != nil {
		p.err = nil
		return 0, err
	}
	begins := len(p.row.text) == 0
	for left := data; len(left) > 0; {
		line, more, ended := bytes.Cut(left, []byte{'\n'})
		if bare := bytes.TrimSuffix(line, []byte{'\r'}); ended && p.row.isPristine() && len(line) <= maxPrefixed && !bytes.ContainsAny(bare, specials) {
			p.emit(bare) // the usual case: a line in one piece
		} else {
			p.take(line)
			if ended {
				p.endLine()
			}
		}
		begins = begins || ended
		if left = more; len(p.out) >= maxBatch {
			if err := p.send(); err != nil {
				return 0, err
			}
		}
	}
	p.schedule(begins)
	if err := p.send(); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Close shows an unfinished line. It does not close the destination, and may be
// called twice.
func (p *Prefix) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	if p.timer != nil {
		p.timer.Stop() // a flush that already runs does nothing, since closed is set
	}
	if err := p.err; err != nil {
		return err
	}
	p.endUnfinished()
	return p.send()
}

// EndLine shows an unfinished line as if it had ended, because the next output
// comes from another process. The next Write returns an error of the destination.
func (p *Prefix) EndLine() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.endUnfinished()
	if err := p.send(); err != nil {
		p.err = err
	}
}

// take adds the text of a line without its LF to the unfinished line.
func (p *Prefix) take(data []byte) {
	for len(data) > 0 {
		var what turn
		data, what = p.row.add(data, maxPrefixed)
		switch what {
		case full:
			shown := wholeLength(p.row.text)
			p.emit(p.row.text[:shown])
			p.row.text = append(p.row.text[:0], p.row.text[shown:]...)
			p.row.part = rest
		case moved:
			p.endUnfinished()
			p.blanks, p.row.erased = 0, true
		case wiped:
			p.row.reset()
			p.blanks, p.row.erased = 0, true
		}
	}
}

// endLine ends the line by its LF.
func (p *Prefix) endLine() {
	if text := p.row.finish(); len(text) > 0 || p.row.part == whole && !p.row.erased {
		p.emit(text)
	}
	p.row.reset()
}

// endUnfinished ends a line that has no LF.
func (p *Prefix) endUnfinished() {
	if text := p.row.finish(); len(text) > 0 {
		p.emit(text)
	}
	p.row.reset()
}

// emit appends a labelled line to out. A blank one waits: the program may be about
// to clear the screen.
func (p *Prefix) emit(text []byte) {
	p.shown = filter(p.shown[:0], text, true)
	shown := p.shown
	switch {
	case len(shown) == 0 && p.row.part == whole:
		if p.blanks++; p.blanks > maxBlanks {
			p.emitBlanks()
		}
		return
	case p.row.part == again && bytes.Equal(StripANSI(nil, shown), p.last):
		return // it is there already
	}
	p.emitBlanks()
	label := p.label.first
	if p.row.part == rest {
		label = p.label.next
	}
	p.out = append(append(p.out, label...), shown...)
	if bytes.IndexByte(shown, esc) >= 0 && !bytes.HasSuffix(shown, []byte(reset)) && !bytes.HasSuffix(shown, []byte("\x1b[m")) {
		p.out = append(p.out, reset...)
	}
	p.out = append(p.out, '\n')
}

// emitBlanks appends the blank lines that wait.
func (p *Prefix) emitBlanks() {
	for ; p.blanks > 0; p.blanks-- {
		p.out = append(append(p.out, p.label.first...), '\n')
	}
}

// send writes out the collected lines.
func (p *Prefix) send() error {
	if len(p.out) == 0 {
		return nil
	}
	n, err := p.dst.Write(p.out)
	if n < len(p.out) && err == nil {
		err = io.ErrShortWrite
	}
	if p.out = p.out[:0]; cap(p.out) > 4*maxBatch {
		p.out, p.shown = nil, nil
	}
	return err
}

// schedule sets the time at which an unfinished line is shown.
func (p *Prefix) schedule(begins bool) {
	if len(p.row.text) == 0 {
		return
	}
	now := time.Now()
	if begins {
		p.began = now
	}
	p.due = p.began.Add(patience)
	if soon := now.Add(quiet); !p.row.rewritten && soon.Before(p.due) {
		p.due = soon
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(p.due.Sub(now), p.flush)
	} else {
		p.timer.Reset(p.due.Sub(now))
	}
}

// flush shows an unfinished line. The timer calls it.
func (p *Prefix) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.row.text) == 0 || time.Now().Before(p.due) {
		return // Write or Close came first
	}
	shown := wholeLength(p.row.text)
	text := StripANSI(nil, p.row.text[:shown])
	switch {
	case len(text) == 0: // nothing visible yet, such as a hidden cursor
		return
	case isSpinner(text, p.row.rewritten):
		return
	case p.row.part == again && bytes.Equal(wording(nil, text), wording(nil, p.last)):
		return
	}
	p.emit(p.row.text[:shown])
	p.last = text
	p.row.text, p.row.part = append(p.row.text[:0], p.row.text[shown:]...), rest
	p.err = p.send()
}
