package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"devrun/launcher/internal/oserr"
)

// FileSystem describes the file system of a folder.
type FileSystem struct {
	Mount  string // where it is mounted
	Kind   string // its type, such as "ext4"
	Polled bool   // other machines change it unnoticed by this kernel
}

// ErrNoEvent means that a file was written and the kernel reported nothing.
var ErrNoEvent = errors.New("a file was written and no event came")

// SelfTest watches dir, writes a file there that every Watcher ignores, and
// returns how long the event took to come. It waits until ctx ends, for at most
// a second. The file is gone afterwards. Its error wraps ErrNoEvent or the
// system's: ENOSPC or EMFILE where a limit has been reached.
func SelfTest(ctx context.Context, dir string) (time.Duration, error) {
	box, hub := newInbox(), NewHub()
	c := hub.join(box)
	defer hub.leave(c, box)
	dir = probeDir(dir)
	if _, _, err := c.watch(box, dir); err != nil {
		return 0, fmt.Errorf("watch %s: %w", dir, oserr.Cause(err))
	}
	path := probePath(dir)
	ctx, cancel := context.WithTimeoutCause(ctx, probeWait, ErrNoEvent)
	defer cancel()
	began := time.Now()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, oserr.Cause(err))
	}
	defer os.Remove(path)
	f.Close()
	for {
		select {
		case <-box.wake:
			if hits, _ := box.take(); hits[path] != 0 {
				return time.Since(began), nil
			}
		case <-ctx.Done():
			return 0, fmt.Errorf("watch %s: %w", dir, context.Cause(ctx))
		}
	}
}
