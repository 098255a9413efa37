package logs

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// backward counts the lines of a log from its end.
type backward struct {
	lines int  // wanted
	count int  // found
	begun bool // a record was seen
	done  bool // the file has more than what is wanted
	skip  int  // of the records behind where the file is to be read from
}

// scan returns where in f the last lines begin, of those that are still wanted,
// or the record with a header that stands above them. A line of several records
// begins with its first, unless another stream printed in between: then with what
// follows that.
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
		// Of a line that begins at the end of this part the header is needed, too.
		n, err := f.ReadAt(buf[:min(end, at+int64(headerSize))-from], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		part := buf[:n]
		for i := min(int(at-from), n); i >= 0; {
			// A line begins behind each line end, and at the start of the file.
			if i = bytes.LastIndexByte(part[:i], '\n'); i < 0 && from > 0 {
				break
			}
			if i+1 == n {
				continue // nothing follows the last line end
			}
			begin := from + int64(i) + 1
			if b.done = b.done || b.full(part[i+1:]); b.done {
				if !headless {
					return start, nil
				}
				b.skip++
			}
			start, headless = begin, part[i+1] == same
		}
		at = from
	}
	return start, nil
}

// full reports whether the record at the start of text is one too many. If not,
// it is counted.
func (b *backward) full(text []byte) bool {
	if r, _ := decode(text); r.Source == numbering || r.Partial && b.begun {
		return false
	}
	if b.count == b.lines {
		return true
	}
	b.begun = true
	b.count++
	return false
}
