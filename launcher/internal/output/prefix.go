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
// other services. Where texts overwrite each other after a lone CR, Prefix shows
// the last one of the line, and once a second the current one.
type Prefix struct {
	dst   io.Writer
	label Label

	mu       sync.Mutex
	line     []byte // unfinished text; up to maxPrefixed bytes
	part     part   // which part of its line line holds
	replaced bool   // a CR came after line: further text replaces it
	bar      bool   // a CR came within the line
	began    time.Time
	due      time.Time   // when line is shown even if unfinished
	timer    *time.Timer // calls flush at due; nil before the first unfinished line
	out      []byte      // labelled lines for the next send
	err      error       // of a send by flush or EndLine
	closed   bool
}

// part is the part of a line that is not shown yet.
type part uint8

const (
	whole part = iota // all of it
	rest              // the continuation of text that has been shown
	again             // the replacement of text that has been shown
)

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
		p.timer.Stop() // a flush that already runs does nothing, since closed is set
	}
	if err := p.err; err != nil {
		return err
	}
	if len(p.line) > 0 {
		p.emit(p.line)
	}
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

// lastText returns the visible text at the end of a line: the last text between
// CRs that is not empty.
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

// flush shows an unfinished line. The timer calls it.
func (p *Prefix) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.line) == 0 || time.Now().Before(p.due) {
		return // Write or Close came first
	}
	shown := wholeLength(p.line)
	if len(filter(nil, p.line[:shown], false)) == 0 {
		return // nothing visible yet, such as a hidden cursor
	}
	p.emit(p.line[:shown])
	p.line, p.part = append(p.line[:0], p.line[shown:]...), rest
	p.err = p.send()
}
