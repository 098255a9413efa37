package logs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

const (
	readSize = 64 << 10
	maxLine  = headerSize + maxText // of a log that is not damaged
)

// cursor reads one log from file to file.
type cursor struct {
	service, path string
	since         time.Time
	follow        bool

	files    []*os.File // to be read, the current one first; empty until there is a log
	complete bool       // nothing more is appended to files[0]
	gap      bool       // there may have been others between the first and the second
	off      int64      // of what is to be read next
	buf      []byte     // what was read; the part from start on is to be returned
	start    int

	decoder
	head  Record // the next record if ahead is set
	ahead bool
	dry   bool // there was no next record a moment ago
}

// openCursor opens a log where the query begins.
func openCursor(dir, service string, q Query) (*cursor, error) {
	path, err := logPath(dir, service)
	if err != nil {
		return nil, err
	}
	c := &cursor{service: service, path: path, since: q.Since, follow: q.Follow}
	if run, ok := LastRun(dir, service); ok && q.Last && run.Began.After(c.since) {
		c.since = run.Began
	}
	if c.files, err = openBoth(path); err == nil && q.Lines != 0 {
		err = c.seek(max(0, q.Lines))
	}
	if err != nil {
		closeAll(c.files)
		return nil, err
	}
	return c, nil
}

// openBoth opens the files of a log that exist, the older one first.
func openBoth(path string) (files []*os.File, err error) {
	for _, name := range []string{path, path + older} {
		f, err := openShared(name, os.O_RDONLY)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			closeAll(files)
			return nil, err
		}
		if err == nil {
			files = slices.Insert(files, 0, f)
		}
	}
	if len(files) == 2 {
		if info, err := files[1].Stat(); err == nil && isFile(files[0], info) { // rotated between the two
			closeAll(files)
			return openBoth(path)
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// peek makes c.head the next record, if there is one already.
func (c *cursor) peek() (bool, error) {
	for !c.ahead {
		line, err := c.line()
		if err != nil {
			return false, err
		}
		if len(line) == 0 {
			c.dry = true
			return false, nil
		}
		last := c.head.Time
		text, ended := bytes.CutSuffix(line, []byte{'\n'})
		c.head = c.decode(text)
		if c.head.Source == "" {
			c.head.Time = last
		}
		c.head.Service = c.service
		c.head.Partial = c.head.Partial || !ended
		c.ahead = c.since.IsZero() || !c.head.Time.Before(c.since)
	}
	return true, nil
}

// line returns the next line with its line end; nothing where there is none yet.
// A line has no end where it is too long for a record, or was cut off: the writer
// was killed, or the disk was full.
func (c *cursor) line() ([]byte, error) {
	for {
		unread := c.buf[c.start:]
		if end := bytes.IndexByte(unread[:min(len(unread), maxLine+1)], '\n'); end >= 0 {
			return c.advance(end + 1), nil
		}
		if len(unread) > maxLine {
			return c.advance(maxLine), nil
		}
		if n, err := c.fill(); n > 0 || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		switch {
		case !c.complete:
			if err := c.findNext(); err != nil || !c.complete {
				return nil, err
			} // the file may have grown before it was rotated
		case len(c.buf) > c.start:
			return c.advance(len(c.buf) - c.start), nil
		case len(c.files) < 2 && !c.follow:
			return nil, nil
		default:
			if gap := c.next(); gap {
				return note(c.head.Time, "lines may be missing here: the log was written faster than it was read"), nil
			}
		}
	}
}

// advance returns the next n bytes.
func (c *cursor) advance(n int) []byte {
	c.start += n
	return c.buf[c.start-n : c.start]
}

// fill reads more of the file.
func (c *cursor) fill() (int, error) {
	if len(c.files) == 0 {
		return 0, nil
	}
	if c.start > 0 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.start:])]
		c.start = 0
	}
	c.buf = slices.Grow(c.buf, readSize)
	n, err := c.files[0].ReadAt(c.buf[len(c.buf):len(c.buf)+readSize], c.off)
	c.buf = c.buf[:len(c.buf)+n]
	c.off += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// next moves to the next file, and reports whether there may have been others
// before it.
func (c *cursor) next() (gap bool) {
	if len(c.files) > 0 {
		c.files[0].Close()
		c.files = c.files[1:]
	}
	gap = c.gap
	c.off, c.complete, c.gap, c.source = 0, false, false, ""
	return gap
}

// findNext sets c.complete if the file will not grow any more. When following, it
// opens the files that came after.
func (c *cursor) findNext() error {
	if len(c.files) > 1 || !c.follow {
		c.complete = true
		return nil
	}
	there, err := os.Stat(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(c.files) == 1 && isFile(c.files[0], there) {
		if there.Size() < c.off { // emptied
			c.off, c.buf, c.start = 0, c.buf[:0], 0
		}
		return nil
	}
	later, err := openBoth(c.path)
	if err != nil {
		return err
	}
	if len(c.files) == 0 {
		c.files = later
		return nil
	}
	c.gap = len(later) > 1
	if info, err := c.files[0].Stat(); err == nil && len(later) > 0 && isFile(later[0], info) {
		later[0].Close()
		later, c.gap = later[1:], false
	}
	c.files = append(c.files, later...)
	c.complete = len(c.files) > 1
	return nil
}
