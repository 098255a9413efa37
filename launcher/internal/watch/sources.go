package watch

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// sources puts hits on the watched folders into an inbox: from the kernel, and
// from the poller where the kernel cannot report changes. Notices of that go
// to out.
type sources struct {
	box      *inbox
	out      *outbox
	hub      *Hub
	shared   *connection
	pollOnly bool
	interval time.Duration // see Spec.Poll

	folders map[string]*sharedFolder // watched by the kernel
	polled  map[string]struct{}
	mounts  map[string]string // mount points that are polled, with their type
	probe   *probe            // nil: not running
}

func newSources(w *Watcher, out *outbox) *sources {
	s := &sources{
		box: newInbox(), out: out, hub: w.hub, pollOnly: w.spec.PollOnly, interval: w.spec.Poll,
		folders: make(map[string]*sharedFolder), polled: make(map[string]struct{}), mounts: make(map[string]string),
	}
	s.shared = s.hub.join(s.box)
	return s
}

func (s *sources) close() {
	s.endProbe()
	s.hub.leave(s.shared, s.box)
}

// watch has a folder watched by the kernel, or polled where that fails. An
// error means that the folder is not there or cannot be read. The folder is nil
// where the kernel does not report every change.
func (s *sources) watch(path string) (*sharedFolder, meta, error) {
	mount, kind := s.mountOf(path)
	if kind != "" {
		s.out.notice(Notice{Kind: Polling, Path: mount, Detail: kind})
		s.pollFolder(path)
	}
	if s.pollOnly {
		s.pollFolder(path)
		return nil, meta{}, nil
	}
	f, m, err := s.shared.watch(s.box, path)
	if old := s.folders[path]; old != nil && old != f {
		s.shared.unwatch(s.box, old, path)
		delete(s.folders, path)
	}
	switch {
	case err == nil:
		s.folders[path] = f
		if kind != "" {
			f = nil
		}
		return f, m, nil
	case errors.Is(err, syscall.ENOSPC):
		limit, _ := Limits()
		s.out.notice(Notice{Kind: WatchLimit, Path: path, Limit: limit.Max, Detail: limit.Raise, Err: err})
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		_, limit := Limits()
		s.out.notice(Notice{Kind: Instances, Path: path, Limit: limit.Max, Detail: limit.Raise, Err: err})
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return nil, m, err
	}
	s.pollFolder(path)
	return nil, m, nil
}

func (s *sources) pollFolder(path string) {
	s.polled[path] = struct{}{}
	s.shared.poll(s.box, path, s.interval)
}

func (s *sources) unwatch(path string) {
	if f := s.folders[path]; f != nil {
		s.shared.unwatch(s.box, f, path)
		delete(s.folders, path)
	}
	if _, ok := s.polled[path]; ok {
		delete(s.polled, path)
		s.shared.poller.unwatch(s.box, path)
	}
}

// mountOf returns the mount point and the type of the file system that path is
// on, if it is one that must be polled.
func (s *sources) mountOf(path string) (mount, kind string) {
	for m, k := range s.mounts {
		if inside(path, m) && len(m) > len(mount) {
			mount, kind = m, k
		}
	}
	if kind == localMount {
		return "", ""
	}
	return mount, kind
}
