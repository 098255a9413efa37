package logs

import (
	"bytes"
	"io/fs"
	"os"
	"time"
)

// checkEvery is how often a file that is written to is compared with the one that
// has its name now: a folder that was removed is made again.
const checkEvery = time.Second

// file is the newer of a log's two files. Only one goroutine uses it.
type file struct {
	dir, path string
	max       int64

	f       *os.File // nil after an error
	size    int64
	cut     bool // the last record has no line end
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
		err = fs.ErrInvalid
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
	return nil
}

func (f *file) close() {
	if f.f != nil {
		f.f.Close()
		f.f = nil
	}
}

// write appends records and rotates between them. With an error it returns how
// many bytes are left.
func (f *file) write(records []byte) (left int, err error) {
	for len(records) > 0 && err == nil {
		var n int
		n, err = f.writeSome(records)
		records = records[n:]
	}
	return len(records), err
}

// writeSome writes as many records as fit, at least one, or rotates.
func (f *file) writeSome(records []byte) (int, error) {
	if now := time.Now(); f.f != nil && now.Sub(f.checked) >= checkEvery {
		f.checked = now
		if !f.isCurrent() {
			f.close()
		}
	}
	if f.f == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	if f.cut { // the cut record stays a line of its own
		if _, err := f.f.Write([]byte{'\n'}); err != nil {
			return 0, fileError("write log", f.path, err)
		}
		f.cut = false
		f.size++
	}
	if room := max(0, f.max-f.size); int64(len(records)) > room {
		n := bytes.LastIndexByte(records[:room], '\n') + 1
		if n == 0 && f.size > 0 {
			return 0, f.rotate()
		}
		if n == 0 { // a record that is larger than the file may be
			n = bytes.IndexByte(records, '\n') + 1
		}
		records = records[:n]
	}
	n, err := f.f.Write(records)
	f.size += int64(n)
	if err != nil {
		f.cut = n > 0 && records[n-1] != '\n'
		err = fileError("write log", f.path, err)
	}
	return n, err
}

// rotate makes the file the older one and opens a new one. Where that is
// impossible it empties the file, which must not grow without end.
func (f *file) rotate() error {
	if f.isCurrent() {
		if err := os.Rename(f.path, f.path+older); err != nil {
			if err := f.f.Truncate(0); err != nil {
				return fileError("empty log", f.path, err)
			}
			f.size = 0
			return nil
		}
	} // else another devrun has rotated it
	f.close()
	return f.open()
}

// isCurrent reports whether the file still has its name.
func (f *file) isCurrent() bool {
	there, err := os.Stat(f.path)
	return err == nil && isFile(f.f, there)
}

// isFile reports whether f is the file that info describes.
func isFile(f *os.File, info fs.FileInfo) bool {
	ours, err := f.Stat()
	return err == nil && os.SameFile(ours, info)
}
