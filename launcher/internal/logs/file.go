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
	checked time.Time
}

// open opens the file for appending, or makes it. A record that was cut off, by a
// kill or a full disk, stays a line of its own.
func (f *file) open() error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	opened, err := openShared(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	info, err := opened.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open log", Path: f.path, Err: fs.ErrInvalid}
	}
	last := []byte{'\n'}
	if err == nil && info.Size() > 0 {
		_, err = opened.ReadAt(last, info.Size()-1)
	}
	n := 0
	if err == nil && last[0] != '\n' {
		n, err = opened.Write([]byte{'\n'})
	}
	if err != nil {
		opened.Close()
		return err
	}
	f.f, f.size, f.checked = opened, info.Size()+int64(n), time.Now()
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
	if f.f != nil && time.Since(f.checked) >= checkEvery {
		f.checked = time.Now()
		if !f.isCurrent() {
			f.close()
		}
	}
	if f.f == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	if room := max(0, f.max-f.size); int64(len(records)) > room {
		n := lastHeader(records, int(room))
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
		f.close()
	}
	return n, err
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

// rotate makes the file the older one, unless another devrun has. Where that is
// impossible it removes the file, which must not grow without end.
func (f *file) rotate() error {
	current := f.isCurrent()
	f.close()
	if !current || os.Rename(f.path, f.path+older) == nil {
		return nil
	}
	return os.Remove(f.path)
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
