package watch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// A probe is a file that is written to see whether its event comes. It is made
// in the repository's .git folder, where no status shows it, and without one in
// the project's folder, under a name that is ignored. It is removed when the
// event has come.
type probe struct {
	path  string
	timer *time.Timer
	came  bool
}

// A probeResult is left by the probes in a folder.
type probeResult struct {
	came  bool  // the event of one
	mtime int64 // of the folder, after the last was removed
}

const probeWait = time.Second

// startProbe does nothing where everything is polled, where events have come
// before, or where the folder cannot be written.
func (s *sources) startProbe(root string) {
	if _, kind := s.mountOf(root); kind != "" || s.pollOnly {
		return
	}
	dir := probeDir(root)
	if m, _ := stat(dir); s.shared.probeResult(dir, m).came {
		return
	}
	f, _, err := s.shared.watch(s.box, dir)
	if err != nil {
		return // reported when the root is watched
	}
	p := &probe{path: probePath(dir)}
	created, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		s.shared.unwatch(s.box, f, dir)
		return
	}
	created.Close()
	s.folders[dir] = f
	p.timer = time.NewTimer(probeWait)
	s.probe = p
}

// probeDir returns the folder for a probe of root: .git in it or above it, on
// the same file system, or else root itself.
func probeDir(root string) string {
	here, _ := lstat(root)
	for dir := root; ; dir = filepath.Dir(dir) {
		git := filepath.Join(dir, ".git")
		if m, _ := lstat(git); m.kind == kindDir && m.dev == here.dev {
			return git
		}
		if m, _ := lstat(dir); m.dev != here.dev || filepath.Dir(dir) == dir {
			return root
		}
	}
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

// hasProbe reports whether the event of the probe is among hits.
func (s *sources) hasProbe(hits map[string]hit) bool {
	if s.probe == nil || hits[s.probe.path] == 0 {
		return false
	}
	s.probe.came = true
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
	s.shared.removeProbe(p)
	return filepath.Dir(p.path)
}

// removeProbe removes a probe and keeps its result.
func (c *connection) removeProbe(p *probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = os.Remove(p.path)
	dir := filepath.Dir(p.path)
	m, _ := stat(dir)
	id := idOf(m, dir)
	c.probed[id] = probeResult{came: p.came || c.probed[id].came, mtime: m.mtime}
}

// probeResult returns the result for the folder at dir, which m describes.
func (c *connection) probeResult(dir string, m meta) probeResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.probed[idOf(m, dir)]
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
