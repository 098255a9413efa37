package logs

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// numbering is the source of the record that begins each file: its text is the
// number of the file, one more than that of the file before. A reader that
// follows tells by it that files have passed by unread. It is shown to nobody.
const numbering Source = "file"

// maxNumber bounds the length of that record.
const maxNumber = headerSize + 20

// appendNumber appends the record.
func appendNumber(dst []byte, number int64) []byte {
	h := newHeader(time.Now(), numbering)
	return appendRecord(dst, &h, strconv.AppendInt(nil, number, 10), false)
}

// fileNumber is the number of a file; 0 where it has none.
func fileNumber(f *os.File) int64 {
	start := make([]byte, maxNumber)
	n, _ := f.ReadAt(start, 0)
	line, _, ended := bytes.Cut(start[:n], []byte{'\n'})
	r, ok := decode(line)
	if !ended || !ok || r.Source != numbering {
		return 0
	}
	number, err := strconv.ParseInt(string(r.Text), 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// numberOf is that of the file at path.
func numberOf(path string) int64 {
	f, err := openShared(path, os.O_RDONLY)
	if err != nil {
		return 0
	}
	defer f.Close()
	return fileNumber(f)
}
