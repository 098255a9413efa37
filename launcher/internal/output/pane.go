package output

import (
	"bytes"
	"io"
	"sync"
)

const (
	// maxRecent bounds what a Pane remembers, in bytes.
	maxRecent = 16 << 10
	// recentLines is how many lines of it are shown again.
	recentLines = 20
)

// Pane passes the labelled lines of one service on to the terminal, or hides them,
// and remembers the last ones. Each Write must be one or more whole lines. It is safe
// for concurrent use.
type Pane struct {
	dst io.Writer

	mu     sync.Mutex
	hidden bool
	recent []byte // whole lines
}

// NewPane returns a Pane that passes lines on to dst.
func NewPane(dst io.Writer) *Pane { return &Pane{dst: dst} }

// Write takes lines. Its error is that of the destination.
func (p *Pane) Write(lines []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remember(lines)
	if p.hidden {
		return len(lines), nil
	}
	return p.dst.Write(lines)
}

// remember keeps the end of the lines. When there is too much it drops half, so that
// not every line moves all others.
func (p *Pane) remember(lines []byte) {
	p.recent = append(p.recent, lines...)
	if len(p.recent) <= maxRecent {
		return
	}
	kept := p.recent[len(p.recent)-maxRecent/2:]
	if i := bytes.IndexByte(kept, '\n'); i+1 < len(kept) {
		kept = kept[i+1:]
	}
	p.recent = append(make([]byte, 0, maxRecent), kept...)
}

// Hide keeps further lines from the terminal.
func (p *Pane) Hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hidden = true
}

// Show passes further lines on again.
func (p *Pane) Show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hidden = false
}

// Replay passes on the last lines once more, and then every further one.
func (p *Pane) Replay() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hidden = false
	from := len(p.recent)
	for range recentLines + 1 {
		if from = bytes.LastIndexByte(p.recent[:max(from, 0)], '\n'); from < 0 {
			break
		}
	}
	_, _ = p.dst.Write(p.recent[from+1:]) // the next Write reports it
}
