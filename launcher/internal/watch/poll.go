package watch

import (
	"context"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// A poller looks for changes in folders where the kernel cannot report them,
// for all Watchers of a run. It keeps one number for each folder, made of the
// names, sizes and times in it.
type poller struct {
	more chan struct{} // holds a token when a folder was added

	mu       sync.Mutex
	interval time.Duration // 0: chosen by the cost of a sweep
	dirs     map[string]*polledDir
}

type polledDir struct {
	sum   uint64 // 0: not read yet
	boxes []*inbox
}

// By default a folder is polled every pollMin, or less often if that would take
// more than a tenth of one processor.
const (
	pollMin   = 500 * time.Millisecond
	pollShare = 10
)

func newPoller() *poller {
	return &poller{more: make(chan struct{}, 1), dirs: make(map[string]*polledDir)}
}

// watch begins to poll a folder, without those in it. A folder may be watched
// again. The shortest interval asked for applies to all folders.
func (p *poller) watch(box *inbox, dir string, interval time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if interval > 0 && (p.interval == 0 || interval < p.interval) {
		p.interval = interval
	}
	d := p.dirs[dir]
	if d == nil {
		d = new(polledDir)
		p.dirs[dir] = d
	}
	if !slices.Contains(d.boxes, box) {
		d.boxes = append(d.boxes, box)
	}
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *poller) unwatch(box *inbox, dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(box, dir)
}

// leave ends all polling for box.
func (p *poller) leave(box *inbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for dir := range p.dirs {
		p.remove(box, dir)
	}
}

func (p *poller) remove(box *inbox, dir string) {
	d := p.dirs[dir]
	if d == nil {
		return
	}
	d.boxes = slices.DeleteFunc(d.boxes, func(b *inbox) bool { return b == box })
	if len(d.boxes) == 0 {
		delete(p.dirs, dir)
	}
}

// run polls until ctx ends.
func (p *poller) run(ctx context.Context) {
	seed := maphash.MakeSeed()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		p.mu.Lock()
		wait := p.interval
		dirs := slices.Collect(maps.Keys(p.dirs))
		p.mu.Unlock()

		var next <-chan time.Time
		more := p.more
		if len(dirs) > 0 {
			start := time.Now()
			for _, dir := range dirs {
				if ctx.Err() != nil {
					return
				}
				p.compare(dir, seed)
			}
			if wait <= 0 {
				wait = max(pollMin, pollShare*time.Since(start))
			}
			timer.Reset(wait)
			next, more = timer.C, nil
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-more:
		}
	}
}

// compare reads one folder and compares it with the last time. The first time
// counts as a difference, since the folder may have changed since it was listed.
func (p *poller) compare(dir string, seed maphash.Seed) {
	sum, err := digest(dir, seed)
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.dirs[dir]
	if d == nil || err == nil && d.sum == sum {
		return
	}
	h := hitList
	if err != nil {
		h = hitGone
		delete(p.dirs, dir)
	}
	d.sum = sum
	for _, box := range d.boxes {
		box.put(dir, h)
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
