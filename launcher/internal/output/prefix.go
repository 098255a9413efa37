package output

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

const (
	maxPrefixed = 64 << 10 // bytes of a line that are held back; longer ones are broken off
	maxBatch    = 64 << 10 // bytes that are gathered for one Write to the destination

	// An unfinished line is shown when nothing was added to it for quiet, but at
	// the latest patience after it began: a row of dots must not wait for ever.
	quiet    = 100 * time.Millisecond
	patience = time.Second
)

// Prefix passes one of a service's output streams on in whole lines, each with
// a label in front. It gives its destination whole lines only: where that keeps
// each Write in one piece, as *os.File and Console do, any number of Prefixes
// can share it.
//
// Colours stay and end with the line; other escape sequences and control
// characters are left out, since they would move the cursor in the output of
// other services. Of texts that overwrite each other after a lone CR, the last
// of the line is shown, and once a second the one that is there.
type Prefix struct {
	dst   io.Writer
	label Label

	mu       sync.Mutex
	line     []byte // unfinished text; up to maxPrefixed bytes
	part     part   // what line is of its line
	replaced bool   // a CR came after line: further text replaces it
	bar      bool   // a CR came within the line
	began    time.Time
	due      time.Time   // when line is shown, finished or not
	timer    *time.Timer // calls flush at due; nil before the first unfinished line
	out      []byte      // labelled lines for the next send
	err      error       // of a send by flush or EndLine
	closed   bool
}

// part is which part of a line is yet to be shown.
type part uint8

const (
	whole part = iota // all of it
	rest              // what goes on with text that has been shown
	again             // what replaces text that has been shown
)

// NewPrefix returns a Prefix that writes to dst.
func NewPrefix(dst io.Writer, label Label) *Prefix { return &Prefix{dst: dst, label: label} }

// Write takes the next output. An error is that of the destination, possibly
// one of an earlier Write, or os.ErrClosed.
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
	begins := len(p.line) == 0
	for left := data; len(left) > 0; {
		line, more, ended := bytes.Cut(left, []byte{'\n'})
		if ended && len(p.line) == 0 && p.part == whole && len(line) <= maxPrefixed {
			p.emit(lastText(line)) // the usual case: a line in one piece
		} else {
			p.take(line)
			if ended && (len(p.line) > 0 || p.part == whole) {
				p.emit(p.line)
			}
		}
		if ended {
			p.line, p.part, p.replaced, p.bar = p.line[:0], whole, false, false
			begins = true
		}
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
		p.timer.Stop() // flush does nothing any more, should it run already
	}
	if err := p.err; err != nil {
		return err
	}
	if len(p.line) > 0 {
		p.emit(p.line)
	}
	return p.send()
}

// EndLine shows an unfinished line as if it had ended: what is written next
// comes from another process. The next Write returns an error of the destination.
func (p *Prefix) EndLine() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if len(p.line) > 0 {
		p.emit(p.line)
	}
	p.line, p.part, p.replaced, p.bar = p.line[:0], whole, false, false
	if err := p.send(); err != nil {
		p.err = err
	}
}

// take adds the text of a line without its LF to the unfinished line.
func (p *Prefix) take(data []byte) {
	for len(data) > 0 {
		text, more, overwritten := bytes.Cut(data, []byte{'\r'})
		if len(text) > 0 && p.replaced {
			p.line, p.replaced = p.line[:0], false
			if p.part == rest {
				p.part = again
			}
		}
		for len(p.line)+len(text) > maxPrefixed {
			n := maxPrefixed - len(p.line)
			p.line, text = append(p.line, text[:n]...), text[n:]
			shown := wholeLength(p.line)
			p.emit(p.line[:shown])
			p.line = append(p.line[:0], p.line[shown:]...)
			p.part = rest
		}
		p.line = append(p.line, text...)
		if overwritten {
			p.replaced, p.bar = true, true
		}
		data = more
	}
}

// lastText returns what is to be seen of a line at its end: the last text that
// is not empty of those between CRs.
func lastText(line []byte) []byte {
	line = bytes.TrimRight(line, "\r")
	return line[bytes.LastIndexByte(line, '\r')+1:]
}

// emit appends a labelled line to out.
func (p *Prefix) emit(text []byte) {
	label := p.label.first
	if p.part == rest {
		label = p.label.next
	}
	p.out = append(p.out, label...)
	start := len(p.out)
	p.out = filter(p.out, text, true)
	if shown := p.out[start:]; bytes.IndexByte(shown, esc) >= 0 && !bytes.HasSuffix(shown, []byte(reset)) && !bytes.HasSuffix(shown, []byte("\x1b[m")) {
		p.out = append(p.out, reset...)
	}
	p.out = append(p.out, '\n')
}

// send writes out what has been gathered.
func (p *Prefix) send() error {
	if len(p.out) == 0 {
		return nil
	}
	n, err := p.dst.Write(p.out)
	if n < len(p.out) && err == nil {
		err = io.ErrShortWrite
	}
	if p.out = p.out[:0]; cap(p.out) > 4*maxBatch {
		p.out = nil
	}
	return err
}

// schedule sets the time at which an unfinished line is shown.
func (p *Prefix) schedule(begins bool) {
	if len(p.line) == 0 {
		return
	}
	now := time.Now()
	if begins {
		p.began = now
	}
	p.due = p.began.Add(patience)
	if soon := now.Add(quiet); !p.bar && soon.Before(p.due) {
		p.due = soon
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(p.due.Sub(now), p.flush)
	} else {
		p.timer.Reset(p.due.Sub(now))
	}
}

// flush is called by the timer.
func (p *Prefix) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.line) == 0 || time.Now().Before(p.due) {
		return // Write or Close came first
	}
	shown := wholeLength(p.line)
	if len(filter(nil, p.line[:shown], false)) == 0 {
		return // a cursor was hidden, or the like; there is nothing to see yet
	}
	p.emit(p.line[:shown])
	p.line, p.part = append(p.line[:0], p.line[shown:]...), rest
	p.err = p.send()
}
