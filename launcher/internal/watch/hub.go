package watch

import (
	"context"
	"errors"
	"hash/maphash"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"devrun/launcher/internal/watch/ignore"
	"github.com/fsnotify/fsnotify"
)

// A Hub lets all Watchers of a run share one connection to the kernel: a user
// has 128 inotify instances, and each Watcher of its own would take one. They
// share the files they read as well. The connection is open while a Watcher runs.
type Hub struct {
	git  ignore.GitConfig
	seed maphash.Seed // of all content hashes
	gate func()       // tests stop the reader of events here

	mu      sync.Mutex
	current *connection // nil: no Watcher runs
}

// NewHub returns a Hub without Watchers. It needs no end of its own.
func NewHub() *Hub { return &Hub{seed: maphash.MakeSeed()} }

// join returns the connection, for folders to be watched into box.
func (h *Hub) join(box *inbox) *connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current == nil {
		h.current = newConnection(h.gate)
	}
	h.current.join(box)
	return h.current
}

// leave ends all watches of box, and with the last box the connection and its
// goroutines.
func (h *Hub) leave(c *connection, box *inbox) {
	h.mu.Lock()
	last := c.leave(box)
	if last {
		h.current = nil
	}
	h.mu.Unlock()
	if last {
		c.close()
	}
}

// A connection is one fsnotify.Watcher with a table of its users, and a poller. fsnotify keeps one path for each folder, so the table maps that path
// to all paths by which the folder is known: by bind mounts and symbolic links
// too.
type connection struct {
	gate       func()
	poller     *poller
	ctx        context.Context // ends with close
	stop       context.CancelFunc
	goroutines sync.WaitGroup
	losses     atomic.Uint32 // how often events were lost

	joined sync.Mutex // never held during a call of w, see readErrors
	boxes  map[*inbox]struct{}

	mu      sync.Mutex        // guards the fields below, and all shared folders
	w       *fsnotify.Watcher // nil: not needed yet, or no instance was left
	polls   bool              // the poller runs
	byID    map[folderID]*sharedFolder
	byLabel map[string]*sharedFolder
	probed  map[folderID]probeResult
}

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

func newConnection(gate func()) *connection {
	c := &connection{
		gate: gate, poller: newPoller(), boxes: make(map[*inbox]struct{}),
		byID: make(map[folderID]*sharedFolder), byLabel: make(map[string]*sharedFolder), probed: make(map[folderID]probeResult),
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// open gets an inotify instance. It fails with EMFILE where the user has none
// left. The caller holds mu.
func (c *connection) open() error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	c.w = w
	// Both end with close.
	c.goroutines.Go(func() { c.readEvents(w) })
	c.goroutines.Go(func() { c.readErrors(w) })
	return nil
}

// close ends a connection without boxes.
func (c *connection) close() {
	c.stop()
	if c.w != nil {
		_ = c.w.Close()
	}
	c.goroutines.Wait()
}

// poll has a folder polled at path for box.
func (c *connection) poll(box *inbox, path string, interval time.Duration) {
	c.poller.watch(box, path, interval)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.polls {
		c.polls = true
		// Ends with close.
		c.goroutines.Go(func() { c.poller.run(c.ctx) })
	}
}

func (c *connection) join(box *inbox) {
	c.joined.Lock()
	defer c.joined.Unlock()
	c.boxes[box] = struct{}{}
}

func (c *connection) leave(box *inbox) (last bool) {
	c.joined.Lock()
	delete(c.boxes, box)
	last = len(c.boxes) == 0
	c.joined.Unlock()
	if last {
		return true
	}
	c.poller.leave(box)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.byID {
		c.removeUsers(f, func(u folderUser) bool { return u.box == box })
	}
	return false
}

// watch puts hits on a folder's entries into box, as entries of path. A folder
// may be watched again. The meta is that of the folder at the time.
func (c *connection) watch(box *inbox, path string) (*sharedFolder, meta, error) {
	if filepath.Base(path) == "..." {
		return nil, meta{}, errors.ErrUnsupported // fsnotify's own syntax
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.w == nil {
		if err := c.open(); err != nil {
			return nil, meta{}, err
		}
	}
	m, err := stat(path)
	if err == nil && m.kind != kindDir {
		err = &fs.PathError{Op: "watch", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, m, err
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

// readErrors takes every error as a loss of events. It needs no lock that is
// held during a call of fsnotify, which may wait for an error to be taken.
func (c *connection) readErrors(w *fsnotify.Watcher) {
	for range w.Errors {
		c.losses.Add(1)
		c.joined.Lock()
		for box := range c.boxes {
			box.lose()
		}
		c.joined.Unlock()
	}
}
