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
}

// scan returns where in f the last lines begin, of those that are still wanted.
// A line of several records begins with its first, unless another stream printed
// in between: then with what follows that.
func (b *backward) scan(f *os.File) (start int64, err error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	start = end
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
			if begin := from + int64(i) + 1; begin < end {
				if b.take(part[i+1:]) {
					return start, nil
				}
				start = begin
			}
		}
		at = from
	}
	return start, nil
}

// take counts the record at the start of text, and reports whether it is one
// too many.
func (b *backward) take(text []byte) bool {
	partial := isHeader(text) && text[headerSize-1] == '+'
	if !partial || !b.begun {
		if b.count == b.lines {
			b.done = true
			return true
		}
		b.count++
	}
	b.begun = true
	return false
}
