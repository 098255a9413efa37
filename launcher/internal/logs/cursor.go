package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

const (
	readSize = 64 << 10
	maxLine  = headerSize + maxText // of a log that is not damaged

	writeTime = 5 * time.Millisecond // more than one write takes
)

// cursor reads one log from file to file.
type cursor struct {
	service, path string
	since         time.Time
	follow        bool

	f     *os.File // nil where there is none yet
	next  *os.File // the one after it, known from the start; nil if not
	off   int64    // of what is to be read next in f
	buf   []byte   // read from f, from start on not yet passed on
	start int

	head   Record // if ahead is set; else the one before
	ahead  bool
	inside bool      // what comes next is the rest of a line that is too long
	last   time.Time // of the last record
	skip   int       // records to pass over
	waited bool      // for the end of the last line
}

// openCursor stands where the query begins. For a log that does not exist it
// returns a cursor that waits for it, and the error.
func openCursor(dir, service string, q Query) (*cursor, error) {
	path, err := logPath(dir, service)
	if err != nil {
		return nil, err
	}
	c := &cursor{service: service, path: path, since: q.Since, follow: q.Follow}
	before, now, err := openBoth(path)
	if err != nil {
		return c, fileError("open log", path, err)
	}
	c.f, c.next = before, now
	if before == nil {
		c.f, c.next = now, nil
	}
	if q.Lines == 0 {
		return c, nil
	}
	if err := c.seek(max(0, q.Lines)); err != nil {
		c.close()
		return nil, fileError("read log", path, err)
	}
	return c, nil
}

// openBoth opens the two files of a log, of which one may be missing.
func openBoth(path string) (before, now *os.File, err error) {
	for {
		now, err = openShared(path, os.O_RDONLY)
		if err != nil && !notThere(err) {
			return nil, nil, err
		}
		var errBefore error
		before, errBefore = openShared(path+older, os.O_RDONLY)
		if errBefore != nil && !notThere(errBefore) {
			if now != nil {
				now.Close()
			}
			return nil, nil, errBefore
		}
		switch {
		case now == nil && before == nil:
			return nil, nil, err
		case now == nil || before == nil || !sameFile(now, before):
			return before, now, nil
		}
		now.Close() // rotated between the two: there is a newer one
		before.Close()
	}
}

func sameFile(a, b *os.File) bool {
	infoA, errA := a.Stat()
	infoB, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func (c *cursor) close() {
	if c.f != nil {
		c.f.Close()
	}
	if c.next != nil {
		c.next.Close()
	}
}

// peek makes c.head the next record, if there is one already.
func (c *cursor) peek() (bool, error) {
	for !c.ahead {
		line, end, err := c.line()
		switch {
		case err != nil:
			return false, fileError("read log", c.path, err)
		case end == noLine:
			return false, nil
		case end == gap:
			c.head = Record{Service: c.service, Time: c.last, Source: Devrun, Text: line}
			c.ahead = true
			continue
		}
		c.decode(line, end)
		if c.skip > 0 {
			c.skip--
			continue
		}
		c.ahead = c.head.Source != numbering && (c.since.IsZero() || !c.head.Time.Before(c.since))
	}
	return true, nil
}

// decode makes c.head of a line.
func (c *cursor) decode(line []byte, end lineEnd) {
	switch ok := false; {
	case !c.inside && len(line) > 0 && line[0] == same && c.head.Source != "" && c.head.Source != numbering:
		c.head.Text, c.head.Partial = line[1:], false
	case c.inside:
		c.head = Record{Time: c.last, Text: line, Raw: true}
	default:
		if c.head, ok = decode(line); !ok {
			c.head.Time = c.last
		}
	}
	c.head.Service, c.last = c.service, c.head.Time
	c.inside = end == tooLong
	c.head.Partial = c.head.Partial || end != lineFeed
}

// lineEnd is how a line ends.
type lineEnd uint8

const (
	noLine   lineEnd = iota // there is none yet
	lineFeed                // as it should
	tooLong                 // not yet: it is longer than any record, so the file is damaged
	cutOff                  // with its file: whoever wrote it was killed, or the disk was full
	gap                     // it is none: files have passed by unread, as it says
)

// line returns the next line.
func (c *cursor) line() ([]byte, lineEnd, error) {
	for {
		unread := c.buf[c.start:]
		if end := bytes.IndexByte(unread[:min(len(unread), maxLine+1)], '\n'); end >= 0 {
			c.start += end + 1
			return unread[:end], lineFeed, nil
		}
		if len(unread) > maxLine {
			c.start += maxLine
			return unread[:maxLine], tooLong, nil
		}
		if n, err := c.fill(); err != nil {
			return nil, noLine, err
		} else if n > 0 {
			continue
		}
		if c.next == nil && c.follow {
			if err := c.findNext(); err != nil {
				return nil, noLine, err
			}
			if c.next == nil {
				return nil, noLine, nil
			}
			continue // what was written before the renaming is yet to be read
		}
		if unread = c.buf[c.start:]; len(unread) > 0 && !c.waited {
			// It may be half a write of a devrun that is at work.
			c.waited = true
			time.Sleep(writeTime)
			continue
		}
		if len(unread) > 0 {
			c.start = len(c.buf)
			return unread, cutOff, nil
		}
		if c.next == nil {
			return nil, noLine, nil
		}
		if lost := c.turn(); lost > 0 {
			return fmt.Appendf(nil, "%d files of this log are missing here: it was written faster than it was read", lost), gap, nil
		}
	}
}

// fill reads more of the file.
func (c *cursor) fill() (int, error) {
	if c.f == nil {
		return 0, nil
	}
	if c.start > 0 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.start:])]
		c.start = 0
	}
	c.buf = slices.Grow(c.buf, readSize)
	n, err := c.f.ReadAt(c.buf[len(c.buf):len(c.buf)+readSize], c.off)
	c.buf = c.buf[:len(c.buf)+n]
	c.off += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// turn goes on to the next file, and returns how many have passed by unread.
func (c *cursor) turn() (lost int64) {
	if c.f != nil {
		if here, there := fileNumber(c.f), fileNumber(c.next); here > 0 && there > here {
			lost = there - here - 1
		}
		c.f.Close()
	}
	c.f, c.next, c.off, c.inside, c.head = c.next, nil, 0, false, Record{}
	return lost
}

// findNext sets c.next once the file has been rotated, or begins one that was
// emptied anew. If it was rotated twice since, the file between is the next; if
// more often, what was in others is lost to everybody.
func (c *cursor) findNext() error {
	there, err := os.Stat(c.path)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.f != nil {
		ours, err := c.f.Stat()
		if err != nil {
			return err
		}
		if os.SameFile(ours, there) {
			if ours.Size() < c.off {
				c.off, c.buf, c.start, c.inside, c.head = 0, c.buf[:0], 0, false, Record{}
			}
			return nil
		}
	}
	before, now, err := openBoth(c.path)
	switch {
	case notThere(err):
		return nil
	case err != nil:
		return err
	case c.f == nil && before != nil, before != nil && now != nil && !sameFile(before, c.f) && !sameFile(now, c.f):
		before, c.next = nil, before
	case now != nil && (c.f == nil || !sameFile(now, c.f)):
		now, c.next = nil, now
	}
	for _, f := range []*os.File{before, now} {
		if f != nil {
			f.Close()
		}
	}
	return nil
}

// seek stands before the last lines.
func (c *cursor) seek(lines int) error {
	back := backward{lines: lines}
	files := []*os.File{c.f}
	if c.next != nil {
		files = []*os.File{c.next, c.f}
	}
	for i, f := range files {
		start, err := back.scan(f)
		if err != nil {
			return err
		}
		if back.done || i == len(files)-1 {
			if f != c.f {
				c.turn()
			}
			c.off, c.skip = start, back.skip
			return nil
		}
	}
	return nil
}
