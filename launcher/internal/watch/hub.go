package watch

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"devrun/launcher/internal/watch/ignore"
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

// A connection is one fsnotify.Watcher with a table of its users, and a poller.
// fsnotify keeps one path for each folder, so the table maps that path to all
// paths by which the folder is known: by bind mounts and symbolic links too.
type connection struct {
	gate       func()
	poller     *poller
	polling    sync.Once       // starts it
	ctx        context.Context // ends with close
	stop       context.CancelFunc
	goroutines sync.WaitGroup
	losses     atomic.Uint32 // how often events were lost

	joined sync.Mutex // never held during a call of w, see readErrors
	boxes  map[*inbox]struct{}

	mu      sync.Mutex        // guards the fields below, and all shared folders
	w       *fsnotify.Watcher // nil: not needed yet, or no instance was left
	byID    map[folderID]*sharedFolder
	byLabel map[string]*sharedFolder
	probed  map[folderID]probeResult
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
	c.polling.Do(func() {
		// Ends with close.
		c.goroutines.Go(func() { c.poller.run(c.ctx) })
	})
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
