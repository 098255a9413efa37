package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A burst is a series of changes: the paths that were touched in it, and when it
// is over. It compares files with their content before.
type burst struct {
	root     string
	settle   settler
	suspects map[string]*suspect
	hash     *hasher
}

// A suspect is a path that was touched in the present burst.
type suspect struct {
	before
	at       time.Time // last touch
	expected bool      // with folder: entries of it have changed, see Watcher.Expect
	attr     bool      // so far only attributes were touched

	verdict verdict // of the last comparison
	op      Op      // if changed
	kind    kind    // at the last comparison
	now     content
}

// before describes a path as it was when the burst began.
type before struct {
	existed bool
	content content // if it existed
	since   int64   // see dir.since
	named   bool    // it is read through a symbolic link
	awaited bool    // its removal is not a change
	folder  bool    // path is a folder that has lost files whose names are unknown
}

type verdict uint8

const (
	unchecked verdict = iota
	unchanged
	changed
)

func newBurst(w *Watcher) *burst {
	return &burst{root: w.spec.Root, settle: settler{timing: w.timing}, suspects: make(map[string]*suspect), hash: newHasher(w.hub.seed)}
}

// touch notes a hit on a path, which is compared when the tree is quiet. known is
// called at the first hit in a burst.
func (b *burst) touch(path string, h hit, known func() before) {
	at := time.Now()
	s := b.suspects[path]
	if s == nil {
		s = &suspect{before: known(), attr: true}
		b.suspects[path] = s
	}
	s.at = at
	s.attr = s.attr && h == hitAttr
	s.verdict = unchecked
	b.settle.touch(at)
}

// maxGrowing is the number of files that are looked at before a burst is taken for
// one of another kind.
const maxGrowing = 8

// isGrowing reports whether a burst is nothing but files that somebody writes to at
// length: a copy in place, a download, an archive. A file that stays open without
// growing, such as a database, is not waited for.
func (b *burst) isGrowing() bool {
	if len(b.suspects) == 0 || len(b.suspects) > maxGrowing {
		return false
	}
	now := time.Now()
	for path, s := range b.suspects {
		if s.folder || now.Sub(s.at) > b.settle.open || !openElsewhere(path) {
			return false
		}
	}
	return true
}

// compare reads the touched files and returns how the burst looks now.
func (b *burst) compare() facts {
	var f facts
	for path, s := range b.suspects {
		if s.verdict == unchecked {
			s.compare(path, b.hash)
		}
		if s.verdict != changed {
			continue
		}
		f.changed++
		switch {
		case s.folder:
		case s.op == Removed:
			f.until = later(f.until, s.at.Add(b.settle.vanish))
		case s.kind == kindFile && s.now.size == 0 && (s.op == Created || s.content.size != 0):
			f.until = later(f.until, s.at.Add(b.settle.empty))
		}
	}
	return f
}

// compare compares one file with its content before the burst.
func (s *suspect) compare(path string, hash *hasher) {
	if s.folder {
		s.verdict, s.op = changed, Removed
		if s.expected {
			s.op = Modified
		}
		return
	}
	s.now, s.kind = hash.read(path, s.named, hashLimit)
	switch exists := s.exists(); {
	case !exists && (!s.existed || s.awaited), exists && s.existed && !s.differs():
		s.verdict = unchanged
	case !exists:
		s.verdict, s.op = changed, Removed
	case !s.existed:
		s.verdict, s.op = changed, Created
	case s.content.size == unknownSize && s.since != 0 && isAfter(birth(path), s.since):
		s.verdict, s.op = changed, Created // before the first look at its folder
	default:
		s.verdict, s.op = changed, Modified
	}
}

func (s *suspect) exists() bool { return s.kind == kindFile || s.kind == kindLink }

// differs compares two contents. Where the old one is not known, the file has
// changed unless it was last changed before it was watched.
func (s *suspect) differs() bool {
	switch old, now := s.content, s.now; {
	case old.size == unknownSize:
		return !s.attr && (s.since == 0 || isAfter(now.ctime, s.since))
	case old.size != now.size, old.exec() != now.exec():
		return true
	case old.hash != 0 && now.hash != 0:
		return old.hash != now.hash
	default:
		return !s.attr && old.mtime != now.mtime
	}
}

func (b *burst) batch() Batch {
	e := Batch{Reason: Settled, Since: b.settle.first, Last: b.settle.last}
	if b.settle.capped {
		e.Reason = Capped
	}
	all := b.changes()
	e.Files, e.Total = firstChanges(all), len(all)
	return e
}

func (b *burst) changes() []Change {
	var all []Change
	for path, s := range b.suspects {
		if s.verdict != changed {
			continue
		}
		c := Change{Path: reportedPath(b.root, path), Op: s.op}
		switch {
		case s.folder:
			c.Path, c.Type = c.Path+"/", fs.ModeDir
		case s.op != Removed:
			c.At, c.Size = time.Unix(0, s.now.ctime), s.now.size
			if s.kind == kindLink {
				c.Type = fs.ModeSymlink
			}
		}
		all = append(all, c)
	}
	return all
}

// end returns the touched paths and starts with none.
func (b *burst) end() map[string]*suspect {
	all := b.suspects
	b.suspects = make(map[string]*suspect) // one that was large would stay so
	return all
}

// reportedPath returns a path as it is reported; see Change.Path.
func reportedPath(root, path string) string {
	if path == root {
		return "."
	}
	if inside(path, root) {
		return filepath.ToSlash(strings.TrimPrefix(path[len(root):], string(os.PathSeparator)))
	}
	return path
}
