package watch

import "sync"

// A hit is a possible change of a path. Hits on one path add up.
type hit uint8

const (
	hitAttr hit = 1 << iota // only attributes
	hitData                 // content, or it appeared
	hitGone                 // it was removed or renamed: another may be there now
	hitList                 // a folder's listing or the files in it differ
)

// An inbox takes hits from sources, which must never wait, and keeps them as a
// map: a storm on one file is one entry.
type inbox struct {
	wake chan struct{} // holds one token while there is something to take

	mu   sync.Mutex
	hits map[string]hit
	lost bool
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), hits: make(map[string]hit)}
}

func (b *inbox) put(path string, h hit) {
	b.mu.Lock()
	b.hits[path] |= h
	b.mu.Unlock()
	b.poke()
}

// lose notes that hits were lost.
func (b *inbox) lose() {
	b.mu.Lock()
	b.lost = true
	b.mu.Unlock()
	b.poke()
}

func (b *inbox) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) take() (hits map[string]hit, lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.hits) > 0 {
		hits, b.hits = b.hits, make(map[string]hit)
	}
	lost, b.lost = b.lost, false
	return hits, lost
}
