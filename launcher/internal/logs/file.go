package logs

import (
	"bytes"
	"os"
	"time"
)

// checkEvery is how often a file that is written to is looked for under its
// name: a folder that was cleared away is made again.
const checkEvery = time.Second

// file is the newer of a log's two files. Only one goroutine uses it.
type file struct {
	dir, path string
	max       int64

	f       *os.File // nil after an error
	size    int64
	number  int64 // of the file, in its first record
	cut     bool  // the last record has no line end
	checked time.Time
}

// open opens the file for appending, or makes it.
func (f *file) open() error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fileError("create log folder", f.dir, err)
	}
	opened, err := openShared(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return fileError("open log", f.path, err)
	}
	info, err := opened.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = os.ErrInvalid
	}
	last := []byte{'\n'}
	if err == nil && info.Size() > 0 {
		_, err = opened.ReadAt(last, info.Size()-1)
	}
	if err != nil {
		opened.Close()
		return fileError("open log", f.path, err)
	}
	f.f, f.size, f.cut, f.checked = opened, info.Size(), last[0] != '\n', time.Now()
	if f.size == 0 {
		f.number = numberOf(f.path+older) + 1
	}
	return nil
}

func (f *file) close() {
	if f.f != nil {
		f.f.Close()
		f.f = nil
	}
}

// write appends whole records, and rotates between them. With an error it
// returns how many bytes are left.
func (f *file) write(records []byte) (left int, err error) {
	for len(records) > 0 && err == nil {
		var n int
		n, err = f.writeSome(records)
		records = records[n:]
	}
	return len(records), err
}

// writeSome writes as many records as fit, at least one.
func (f *file) writeSome(records []byte) (int, error) {
	if now := time.Now(); f.f != nil && now.Sub(f.checked) >= checkEvery {
		f.checked = now
		if !f.named() {
			f.close()
		}
	}
	if f.f == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	if f.cut { // whatever was cut off stays a line of its own
		if _, err := f.f.Write([]byte{'\n'}); err != nil {
			return 0, fileError("write log", f.path, err)
		}
		f.cut = false
		f.size++
	}
	fits := records
	if room := f.max - f.size; int64(len(records)) > room {
		n := lastHeader(records, int(max(0, room)))
		if n == 0 && f.size > 0 {
			return 0, f.rotate()
		}
		if n == 0 { // what is larger than the file may be
			n = nextHeader(records)
		}
		fits = records[:n]
	}
	first := 0 // bytes of the record with the number
	if f.size == 0 {
		number := appendNumber(nil, f.number)
		first = len(number)
		fits = append(number, fits...)
	}
	n, err := f.f.Write(fits)
	f.size += int64(n)
	if err != nil {
		f.cut = n > 0 && fits[n-1] != '\n'
		err = fileError("write log", f.path, err)
	}
	return max(0, n-first), err
}

// lastHeader returns where the last record with a header begins, at most at n.
func lastHeader(records []byte, n int) int {
	for n > 0 {
		if n = bytes.LastIndexByte(records[:n], '\n') + 1; records[n] != same {
			return n
		}
		n-- // before that line end
	}
	return 0
}

// nextHeader returns where the second record with a header begins.
func nextHeader(records []byte) int {
	n := 0
	for n < len(records) {
		n += bytes.IndexByte(records[n:], '\n') + 1
		if n < len(records) && records[n] != same {
			break
		}
	}
	return n
}

// rotate makes the file the older one and opens a new one. Where that is
// impossible the file is emptied: it must not grow without end.
func (f *file) rotate() error {
	if !f.named() { // another devrun has done so
		f.close()
		return f.open()
	}
	if err := os.Rename(f.path, f.path+older); err != nil {
		if err := f.f.Truncate(0); err != nil {
			return fileError("empty log", f.path, err)
		}
		f.size = 0
		f.number++
		return nil
	}
	f.close()
	return f.open()
}

// named reports whether the file is still the one of its name.
func (f *file) named() bool {
	ours, err := f.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(f.path)
	return err == nil && os.SameFile(ours, there)
}
