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
// the repository's .git folder, where it shows in no status, and for want of
// that in the project's folder, under a name that is ignored. It is gone as
// soon as the event is there.
type probe struct {
	path  string
	timer *time.Timer
}

const probeWait = time.Second

// startProbe does nothing where all is polled or the folder cannot be written.
func (l *loop) startProbe() {
	dir := l.spec.Root
	if _, kind := l.mountOf(dir); kind != "" || l.kernel == nil {
		return
	}
	dir = probeDir(dir)
	if l.kernel.watch(dir, true) != nil {
		return // found out and reported when the root is watched
	}
	p := &probe{path: probePath(dir)}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		_ = l.kernel.watch(dir, false)
		return
	}
	f.Close()
	p.timer = time.NewTimer(probeWait)
	l.probe = p
}

// probeDir is where a probe of root lies.
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

// late is the channel that tells when the event is overdue.
func (p *probe) late() <-chan time.Time {
	if p == nil {
		return nil
	}
	return p.timer.C
}

func (l *loop) endProbe() {
	p := l.probe
	if p == nil {
		return
	}
	l.probe = nil
	p.timer.Stop()
	_ = os.Remove(p.path)
	if dir := filepath.Dir(p.path); l.dirs[dir] == nil {
		_ = l.kernel.watch(dir, false)
	}
}

// blind gives up on events, after the probe's did not come.
func (l *loop) blind() {
	l.notice(Notice{Kind: Blind, Path: l.spec.Root})
	l.endProbe()
	for p := range l.dirs {
		l.pollDir(p)
	}
	for p := range l.armed {
		l.pollDir(p)
	}
	// Folders that come later are polled, too: the root stands for a mount of
	// which the kernel does not tell.
	l.mounts[l.spec.Root] = "no events"
	l.told[Notice{Kind: Polling, Path: l.spec.Root}] = struct{}{}
}
