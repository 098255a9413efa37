package watch

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// events is the source that the kernel feeds.
type events struct {
	w    *fsnotify.Watcher
	box  *inbox
	gate func() // tests hold the reader up in it
}

// newEvents fails with EMFILE where the user has no inotify instance left.
func newEvents(box *inbox) (*events, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &events{w: w, box: box}, nil
}

func (e *events) watch(dir string, on bool) error {
	if !on {
		if err := e.w.Remove(dir); err != nil && !errors.Is(err, fsnotify.ErrNonExistentWatch) && !errors.Is(err, syscall.EINVAL) {
			return err
		}
		return nil
	}
	if filepath.Base(dir) == "..." {
		// fsnotify takes this name for its own syntax.
		return errors.ErrUnsupported
	}
	return e.w.Add(dir)
}

func (e *events) run(ctx context.Context) {
	for {
		if e.gate != nil {
			e.gate()
		}
		select {
		case <-ctx.Done():
			e.w.Close()
			return
		case ev, ok := <-e.w.Events:
			if !ok {
				return
			}
			switch {
			case ev.Op.Has(fsnotify.Remove) || ev.Op.Has(fsnotify.Rename):
				e.box.put(ev.Name, hitGone|hitData)
			case ev.Op == fsnotify.Chmod:
				e.box.put(ev.Name, hitAttr)
			default:
				e.box.put(ev.Name, hitData)
			}
		// An error that nobody takes makes fsnotify deaf for ever.
		// Whatever it is, something may have been missed.
		case _, ok := <-e.w.Errors:
			if !ok {
				return
			}
			e.box.lose()
		}
	}
}
