package ready

import (
	"regexp"
	"sync"
)

// LogMatch looks for the patterns of Log checks in a service's output. Every
// start of the service takes a new one. A nil *LogMatch never matches.
type LogMatch struct {
	mu   sync.Mutex
	left []*regexp.Regexp // not seen yet
	done chan struct{}
}

// NewLogMatch returns a LogMatch for those of the checks that are Log checks,
// or nil when there is none.
func NewLogMatch(checks []Check) *LogMatch {
	var left []*regexp.Regexp
	for _, check := range checks {
		if check.Kind == Log {
			left = append(left, check.Pattern)
		}
	}
	if left == nil {
		return nil
	}
	return &LogMatch{left: left, done: make(chan struct{})}
}

// Line takes the next line of output. It does not keep the slice, costs next to
// nothing once all patterns have been seen, and is safe for several goroutines.
func (m *LogMatch) Line(line []byte) {
	if m == nil {
		return
	}
	select {
	case <-m.done:
		return
	default:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.left) == 0 {
		return // another goroutine's line was the last
	}
	kept := m.left[:0]
	for _, pattern := range m.left {
		if !pattern.Match(line) {
			kept = append(kept, pattern)
		}
	}
	if m.left = kept; len(kept) == 0 {
		close(m.done)
	}
}

// Done is closed by the line with which every pattern has been seen.
func (m *LogMatch) Done() <-chan struct{} {
	if m == nil {
		return nil
	}
	return m.done
}
