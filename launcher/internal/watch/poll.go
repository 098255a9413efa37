package watch

import (
	"context"
	"hash/maphash"
	"io"
	"sync"
	"time"
)

// A poller looks for changes in folders where the kernel cannot report them. It
// keeps one number for each, made of the names, sizes and times in it.
type poller struct {
	box      *inbox
	interval time.Duration // 0: chosen by the cost of a sweep
	more     chan struct{} // holds a token when a folder was added

	mu   sync.Mutex
	dirs map[string]uint64 // 0: not read yet
}

// By default a folder is polled every pollMin, or less often if that would take
// more than a tenth of one processor.
const (
	pollMin   = 500 * time.Millisecond
	pollShare = 10
)

func newPoller(box *inbox, interval time.Duration) *poller {
	return &poller{box: box, interval: interval, more: make(chan struct{}, 1), dirs: make(map[string]uint64)}
}

// watch begins to poll a folder, without those in it. It may be called while
// run runs, and twice.
func (p *poller) watch(dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.dirs[dir]; !ok {
		p.dirs[dir] = 0
	}
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *poller) unwatch(dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dirs, dir)
}

// run polls until ctx ends.
func (p *poller) run(ctx context.Context) {
	seed := maphash.MakeSeed()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		p.mu.Lock()
		dirs := make([]string, 0, len(p.dirs))
		for dir := range p.dirs {
			dirs = append(dirs, dir)
		}
		p.mu.Unlock()

		var next <-chan time.Time
		if len(dirs) > 0 {
			start := time.Now()
			for _, dir := range dirs {
				if ctx.Err() != nil {
					return
				}
				p.compare(dir, seed)
			}
			wait := p.interval
			if wait <= 0 {
				wait = max(pollMin, pollShare*time.Since(start))
			}
			timer.Reset(wait)
			next = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-p.added(next):
		}
	}
}

// added returns the channel of new folders, unless a sweep is due anyway.
func (p *poller) added(next <-chan time.Time) <-chan struct{} {
	if next != nil {
		return nil
	}
	return p.more
}

// compare reads one folder and compares it with the last time. The first time
// counts as a difference, since the folder may have changed since it was listed.
func (p *poller) compare(dir string, seed maphash.Seed) {
	sum, err := digest(dir, seed)
	p.mu.Lock()
	old, ok := p.dirs[dir]
	if ok && err != nil {
		delete(p.dirs, dir)
	} else if ok {
		p.dirs[dir] = sum
	}
	p.mu.Unlock()
	switch {
	case !ok:
	case err != nil:
		p.box.put(dir, hitGone)
	case old != sum:
		p.box.put(dir, hitList)
	}
}

// digest sums up a folder independently of the order of its listing.
func digest(dir string, seed maphash.Seed) (uint64, error) {
	f, err := openDir(dir)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := uint64(1)
	for {
		names, err := f.Readdirnames(256)
		for _, name := range names {
			m, _ := lstatIn(f, name)
			if m.kind == kindDir {
				m.size, m.mtime, m.ctime = 0, 0, 0 // it is polled itself
			}
			type key struct {
				name string
				m    meta
			}
			sum += maphash.Comparable(seed, key{name, m})
		}
		if err == io.EOF {
			return max(sum, 1), nil
		}
		if err != nil {
			return 0, err
		}
	}
}
