package watch

import (
	"hash/maphash"
	"os"
	"slices"
	"strings"
	"sync"
)

type kind uint8

const (
	kindAbsent kind = iota
	kindFile
	kindLink
	kindDir
	kindOther // a socket, pipe or device, which has no content
)

// meta is what the file system has about a path. Times are in nanoseconds.
type meta struct {
	kind         kind
	exec         bool // a file that somebody may execute
	size         int64
	mtime, ctime int64
	dev, ino     uint64
}

// same reports whether both have the numbers of one file or folder.
func (m meta) same(o meta) bool { return m.kind == o.kind && m.dev == o.dev && m.ino == o.ino }

// content identifies the content of a file.
type content struct {
	size  int64 // unknownSize: the file exists; nothing else is known
	mtime int64 // the lowest bit is meta.exec, since there is one content for every file
	ctime int64
	hash  uint64 // 0: not known
}

func (c content) exec() bool { return c.mtime&1 != 0 }

// content returns what m has of a file's content.
func (m meta) content() content {
	c := content{size: m.size, mtime: m.mtime &^ 1, ctime: m.ctime}
	if m.exec {
		c.mtime |= 1
	}
	return c
}

const unknownSize = -1

// hashLimit bounds the content that is hashed. A larger file counts as changed
// when its size or its modification time has.
const hashLimit = 64 << 20

// A hasher computes content hashes. They are keyed by the process and never
// leave it. One goroutine may use a hasher.
type hasher struct{ h maphash.Hash }

// readBuffers are shared, since a hundred Watchers seldom read at a time.
var readBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

func newHasher(seed maphash.Seed) *hasher {
	h := new(hasher)
	h.h.SetSeed(seed)
	return h
}

// link hashes the target of a symbolic link.
func (h *hasher) link(path string) uint64 {
	target, err := os.Readlink(path)
	if err != nil {
		return 0
	}
	h.h.Reset()
	_, _ = h.h.WriteString("->")
	_, _ = h.h.WriteString(target)
	return h.sum()
}

// read returns the present content of a path, with follow that of a symbolic
// link's target. A file that cannot be read, or has over limit bytes, has no hash.
func (h *hasher) read(path string, follow bool, limit int64) (content, kind) {
	look := lstat
	if follow {
		look = stat
	}
	m, err := look(path)
	if err != nil {
		return content{}, kindAbsent
	}
	c := m.content()
	switch {
	case m.kind == kindLink:
		c.hash = h.link(path)
	case m.kind == kindFile && m.size <= limit:
		f, err := openFile(path, follow)
		if err != nil {
			break
		}
		defer f.Close()
		if m, err := fstat(f); err == nil && m.kind == kindFile {
			c.hash = h.file(f, limit)
			// A change while it is read shows in its change time.
			if m, err = fstat(f); err == nil {
				hash := c.hash
				c = m.content()
				c.hash = hash
			}
		}
	}
	return c, m.kind
}

func (h *hasher) file(f *os.File, limit int64) uint64 {
	buf := readBuffers.Get().(*[64 << 10]byte)
	defer readBuffers.Put(buf)
	h.h.Reset()
	for total := int64(0); ; {
		n, err := f.Read(buf[:])
		_, _ = h.h.Write(buf[:n])
		if total += int64(n); total > limit {
			return 0
		}
		if n == 0 || err != nil {
			break
		}
	}
	return h.sum()
}

func (h *hasher) sum() uint64 {
	if s := h.h.Sum64(); s != 0 {
		return s
	}
	return 1
}

// A file is one entry of a watched folder. There is one for every file of the
// project, so it is kept small.
type file struct {
	name string
	content
}

// find returns the index of name, or where it belongs.
func find(files []file, name string) (int, bool) {
	return slices.BinarySearchFunc(files, name, func(f file, name string) int { return strings.Compare(f.name, name) })
}
