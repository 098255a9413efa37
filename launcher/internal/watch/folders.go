package watch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/fsnotify/fsnotify"
)

// A folderID is the same for all paths of one folder.
type folderID struct {
	dev, ino uint64
	path     string // only where the system has no numbers
}

func idOf(m meta, path string) folderID {
	if m.ino == 0 {
		return folderID{path: path}
	}
	return folderID{dev: m.dev, ino: m.ino}
}

// A sharedFolder is a folder that the kernel watches for at least one box.
type sharedFolder struct {
	id     folderID
	label  string // the path that was given to fsnotify
	losses uint32 // of the connection, when the watch was last set
	users  []folderUser

	shared sharedListing
}

type folderUser struct {
	box  *inbox
	path string // of the folder, for this box
}

// watch puts hits on a folder's entries into box, as entries of path. A folder
// may be watched again. The meta is that of the folder at the time.
func (c *connection) watch(box *inbox, path string) (*sharedFolder, meta, error) {
	if filepath.Base(path) == "..." {
		return nil, meta{}, errors.ErrUnsupported // fsnotify's own syntax
	}
	m, err := stat(path)
	if err == nil && m.kind != kindDir {
		err = &fs.PathError{Op: "watch", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, m, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.w == nil {
		if err := c.open(); err != nil {
			return nil, m, err
		}
	}
	id, losses := idOf(m, path), c.losses.Load()
	f := c.byID[id]
	if f != nil && f.label != path && !f.isAtLabel() {
		c.drop(f)
		f = nil
	}
	if f == nil || f.losses != losses {
		if old := c.byLabel[path]; old != nil && old != f {
			c.drop(old) // it has moved, and its event is under way
		}
		if f == nil {
			f = &sharedFolder{id: id, label: path}
		}
		if err := c.w.Add(f.label); err != nil {
			return nil, m, err
		}
		f.losses = losses
		c.byID[id], c.byLabel[f.label] = f, f
	}
	if u := (folderUser{box, path}); !slices.Contains(f.users, u) {
		f.users = append(f.users, u)
	}
	return f, m, nil
}

// unwatch undoes watch, if it was called.
func (c *connection) unwatch(box *inbox, f *sharedFolder, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removeUsers(f, func(u folderUser) bool { return u == folderUser{box, path} })
}

func (c *connection) removeUsers(f *sharedFolder, match func(folderUser) bool) {
	f.users = slices.DeleteFunc(f.users, match)
	if len(f.users) == 0 && c.byID[f.id] == f {
		c.drop(f)
	}
}

// drop ends the watch of a folder that is no longer where it was, or has no
// users. Users get a hit that it is gone, and watch what they find there.
func (c *connection) drop(f *sharedFolder) {
	_ = c.w.Remove(f.label) // a folder that is gone has taken its watch with it
	delete(c.byID, f.id)
	delete(c.byLabel, f.label)
	for _, u := range f.users {
		u.box.put(u.path, hitGone|hitData)
	}
}

func (f *sharedFolder) isAtLabel() bool {
	m, err := stat(f.label)
	return err == nil && m.kind == kindDir && idOf(m, f.label) == f.id
}

func (c *connection) readEvents(w *fsnotify.Watcher) {
	for {
		if c.gate != nil {
			c.gate()
		}
		ev, ok := <-w.Events
		if !ok {
			return
		}
		h := hitData
		switch {
		case ev.Op.Has(fsnotify.Remove) || ev.Op.Has(fsnotify.Rename):
			h = hitGone | hitData
		case ev.Op == fsnotify.Chmod:
			h = hitAttr
		}
		c.deliver(filepath.Clean(ev.Name), h)
	}
}

// deliver puts a hit on path into the boxes of all users of the folder above
// it, and, when path is gone, of all users of path itself: fsnotify reports
// that for the entry alone.
func (c *connection) deliver(path string, h hit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.byLabel[filepath.Dir(path)]; f != nil && f.label != path {
		f.shared.expire()
		for _, u := range f.users {
			seen := path
			if u.path != f.label {
				seen = join(u.path, filepath.Base(path))
			}
			u.box.put(seen, h)
		}
	}
	if f := c.byLabel[path]; f != nil && h != hitAttr && (h&hitGone != 0 || !f.isAtLabel()) {
		c.drop(f)
	}
}
