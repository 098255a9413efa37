package watch

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"devrun/launcher/internal/watch/ignore"
)

// A listing is a folder's content as one Watcher has read it, for all Watchers
// of the folder. It is valid until an event of the folder is delivered: a
// Watcher registers before it uses the listing, and so gets that event too.
type listing struct {
	mtime int64 // of the folder
	marks ignore.Marks
	dirs  []string // names of folders
	links []string // names of symbolic links, which files has too

	reading sync.Mutex // held while sizes, times or hashes are being read
	files   []file     // files and links, by name; replaced as a whole, never written to. Guarded by connection.mu
}

// A sharedListing is a folder's listing, if there is a valid one.
type sharedListing struct {
	*listing
	events int // delivered so far; a listing from before the last is not valid
}

func (s *sharedListing) expire() {
	s.listing = nil
	s.events++
}

// listing returns the listing of a folder that m describes now, or nil with a
// number for publish.
func (c *connection) listing(f *sharedFolder, m meta) (*listing, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ls := f.shared.listing
	if ls != nil && ls.mtime != m.mtime {
		ls = nil
	}
	return ls, f.shared.events
}

// publish shares a listing, unless an event came while it was read, and returns
// it, or the one that another Watcher has shared meanwhile.
func (c *connection) publish(f *sharedFolder, ls *listing, events int) *listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch shared := f.shared.listing; {
	case f.shared.events != events:
	case shared != nil && shared.mtime == ls.mtime:
		return shared
	default:
		f.shared.listing = ls
	}
	return ls
}

// content returns the files of a listing, with their content as far as it is known.
func (c *connection) content(ls *listing) []file {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ls.files
}

// learn adds the content of files to a listing and returns the files to keep,
// which are the listing's own where both have the same names.
func (c *connection) learn(ls *listing, found []file) []file {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(found) == len(ls.files) {
		ls.files = found
		return found
	}
	all := slices.Clone(ls.files)
	for i := range found {
		if k, ok := find(all, found[i].name); ok {
			all[k] = found[i]
		}
	}
	ls.files = all
	return found
}

// newListing sorts a folder's entries.
func newListing(entries []os.DirEntry, marks ignore.Marks, folder meta) *listing {
	ls := &listing{mtime: folder.mtime, marks: marks}
	n := 0
	for _, e := range entries {
		if isContent(e.Type()) {
			n++
		}
	}
	ls.files = make([]file, 0, n)
	for _, e := range entries {
		switch t := e.Type(); {
		case t.IsDir():
			ls.dirs = append(ls.dirs, e.Name())
		case isContent(t):
			if t == fs.ModeSymlink {
				ls.links = append(ls.links, e.Name())
			}
			ls.files = append(ls.files, file{e.Name(), content{size: unknownSize}})
		}
	}
	sortFiles(ls.files)
	return ls
}

// isContent reports whether an entry of this type has content: sockets, pipes
// and devices have none.
func isContent(t fs.FileMode) bool { return t.IsRegular() || t == fs.ModeSymlink }

// list reads a folder's entries and finds those that hold rules.
func list(f *os.File) (entries []os.DirEntry, marks ignore.Marks, err error) {
	for {
		next, err := f.ReadDir(512)
		for _, e := range next {
			marks |= ignore.MarkOf(e.Name())
		}
		if entries == nil {
			entries = next
		} else {
			entries = append(entries, next...)
		}
		if len(next) < 512 {
			if err != nil && len(next) == 0 && !errors.Is(err, io.EOF) {
				return entries, marks, err
			}
			return entries, marks, nil
		}
	}
}

func sortFiles(files []file) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
}
