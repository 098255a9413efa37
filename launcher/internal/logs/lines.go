package logs

import (
	"bytes"
	"time"
)

// lines makes records of the output of streams.
type lines struct {
	records []byte
	open    [2][]byte // unfinished lines of Out and Err, up to maxText bytes
}

// add adds output of a stream. Its first record has a header.
func (l *lines) add(h *header, s Source, p []byte) {
	open := &l.open[0]
	if s == Err {
		open = &l.open[1]
	}
	records := l.records
	for above := false; len(p) > 0; {
		end := bytes.IndexByte(p, '\n')
		if end >= 0 && end <= maxText && len(*open) == 0 { // the usual case
			if above {
				records = append(records, same)
			} else {
				records = append(records, h[:]...)
			}
			records = append(records, p[:end+1]...)
			p, above = p[end+1:], true
			continue
		}
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		if room := maxText - len(*open); len(line) > room {
			line, rest, ended = p[:room], p[room:], false
		}
		*open = append(*open, line...)
		if ended || len(rest) > 0 {
			records = appendRecord(records, h, *open, !ended)
			*open, above = (*open)[:0], ended
		}
		p = rest
	}
	l.records = records
}

// event adds a line of devrun's own, after all output so far.
func (l *lines) event(t time.Time, text string) {
	l.flush(t)
	h := newHeader(t, Devrun)
	for line := range bytes.SplitSeq([]byte(text), []byte{'\n'}) {
		l.records = appendRecord(l.records, &h, line, false)
	}
}

// flush makes records of unfinished lines.
func (l *lines) flush(t time.Time) {
	for i, s := range []Source{Out, Err} {
		if len(l.open[i]) > 0 {
			h := newHeader(t, s)
			l.records = appendRecord(l.records, &h, l.open[i], true)
			l.open[i] = nil // few services leave lines unfinished
		}
	}
}
