package watch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// A probe is a file that is written to see whether its event comes. It lies in
// the repository's .git folder, where it shows in no status, and without one
// in the project's folder, under a name that is ignored. It is removed when the
// event has come.
type probe struct {
	path  string
	timer *time.Timer
}

const probeWait = time.Second

// startProbe does nothing where everything is polled, where events have come
// before, or where the folder cannot be written.
func (s *sources) startProbe(root string) {
	if _, kind := s.mountOf(root); kind != "" || s.kernel == nil {
		return
	}
	dir := probeDir(root)
	if s.kernel.isProven(dir) {
		return
	}
	f, _, err := s.kernel.watch(s.box, dir)
	if err != nil {
		return // reported when the root is watched
	}
	p := &probe{path: probePath(dir)}
	created, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		s.kernel.unwatch(s.box, f, dir)
		return
	}
	created.Close()
	s.folders[dir] = f
	p.timer = time.NewTimer(probeWait)
	s.probe = p
}

// probeDir returns the folder for a probe of root.
func probeDir(root string) string {
	here, _ := lstat(root)
	git := filepath.Join(root, ".git")
	if m, _ := lstat(git); m.kind == kindDir && m.dev == here.dev {
		return git
	}
	return root
}

func probePath(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%s%d-%08x", ignore.ProbePrefix, os.Getpid(), rand.Uint32()))
}

// late returns the channel that fires when the event is overdue.
func (p *probe) late() <-chan time.Time {
	if p == nil {
		return nil
	}
	return p.timer.C
}

// isProbe reports whether path is the probe, whose event has come then.
func (s *sources) isProbe(path string) bool {
	if s.probe == nil || s.probe.path != path {
		return false
	}
	s.kernel.prove(filepath.Dir(path))
	return true
}

// endProbe removes the probe and returns the folder that it was in, which is
// still watched; "" without a probe.
func (s *sources) endProbe() string {
	p := s.probe
	if p == nil {
		return ""
	}
	s.probe = nil
	p.timer.Stop()
	_ = os.Remove(p.path)
	return filepath.Dir(p.path)
}

// goBlind polls everything under root, after the event of the probe did not
// come. What is found later is polled too: root is taken for a mount without
// events.
func (s *sources) goBlind(root string) {
	s.out.notice(Notice{Kind: Blind, Path: root})
	for path := range s.folders {
		s.pollFolder(path)
	}
	s.mounts[root] = "no events"
	s.out.setNoticed(Notice{Kind: Polling, Path: root})
}
