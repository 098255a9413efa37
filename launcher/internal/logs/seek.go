package logs

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// seek moves to the start of the last lines of the log.
func (c *cursor) seek(lines int) error {
	back := backward{want: lines}
	for i := len(c.files) - 1; i >= 0; i-- {
		start, err := back.scan(c.files[i])
		if err != nil {
			return err
		}
		c.off = start
		if back.done {
			c.decoder = back.above
			closeAll(c.files[:i])
			c.files = c.files[i:]
			return nil
		}
	}
	return nil
}

// backward counts the lines of a log from its end.
type backward struct {
	want, found int
	begun       bool    // a record was seen
	done        bool    // there are more lines than wanted
	above       decoder // has read the header that stands above the first of them
}

// scan returns where in f the last lines begin, of those that are still wanted. A
// line of several records begins with its first, unless another stream printed in
// between: then after that.
func (b *backward) scan(f *os.File) (start int64, err error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	start = end
	headless := false // the record at start has no header
	buf := make([]byte, readSize+headerSize)
	for at := end; at > 0; {
		from := max(0, at-readSize)
		// A line that begins at the end of this part needs its header, too.
		n, err := f.ReadAt(buf[:min(end, at+int64(headerSize))-from], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		part := buf[:n]
		for i := min(int(at-from), n); i >= 0; {
			// A line begins after each line end, and at the start of the file.
			if i = bytes.LastIndexByte(part[:i], '\n'); i < 0 && from > 0 {
				break
			}
			if i+1 == n {
				continue // nothing follows the last line end
			}
			b.done = b.done || !b.take(part[i+1:])
			switch {
			case !b.done:
				start, headless = from+int64(i)+1, part[i+1] == same
			case !headless:
				return start, nil
			case part[i+1] != same:
				b.above.decode(part[i+1:])
				return start, nil
			}
		}
		at = from
	}
	return start, nil
}

// take counts the record at the start of text, unless it is one too many.
func (b *backward) take(text []byte) bool {
	if b.begun && new(decoder).decode(text).Partial {
		return true // the line that begins here was counted
	}
	if b.found == b.want {
		return false
	}
	b.begun = true
	b.found++
	return true
}
