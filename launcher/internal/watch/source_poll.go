package watch

import (
	"context"
	"hash/maphash"
	"io"
	"sync"
	"time"
)

// A poller is the source for folders of which the kernel does not tell. It
// remembers one number for each, made of the names, sizes and times in it.
type poller struct {
	box      *inbox
	interval time.Duration // 0: chosen by the cost of a sweep
	more     chan struct{} // holds a token when the first folder has come

	mu   sync.Mutex
	dirs map[string]uint64 // 0: not looked at yet
}

// By default a folder is looked at every pollMin, or so seldom that polling
// takes a tenth of one processor.
const (
	pollMin   = 500 * time.Millisecond
	pollShare = 10
)

func newPoller(box *inbox, interval time.Duration) *poller {
	return &poller{box: box, interval: interval, more: make(chan struct{}, 1), dirs: make(map[string]uint64)}
}

func (p *poller) watch(dir string, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !on {
		delete(p.dirs, dir)
		return nil
	}
	if _, ok := p.dirs[dir]; !ok {
		p.dirs[dir] = 0
	}
	select {
	case p.more <- struct{}{}:
	default:
	}
	return nil
}

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

		var again <-chan time.Time
		if len(dirs) > 0 {
			start := time.Now()
			for _, dir := range dirs {
				if ctx.Err() != nil {
					return
				}
				p.look(dir, seed)
			}
			wait := p.interval
			if wait <= 0 {
				wait = max(pollMin, pollShare*time.Since(start))
			}
			timer.Reset(wait)
			again = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-p.awaken(again):
		}
	}
}

// awaken returns the channel of new folders while nothing is due anyway.
func (p *poller) awaken(again <-chan time.Time) <-chan struct{} {
	if again != nil {
		return nil
	}
	return p.more
}

// look compares one folder with what it was. The first look counts as a
// difference, since the folder may have changed since it was listed.
func (p *poller) look(dir string, seed maphash.Seed) {
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
				m.size, m.mtime, m.ctime = 0, 0, 0 // it is looked at itself
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
