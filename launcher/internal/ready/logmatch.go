package ready

import (
	"regexp"
	"sync"
)

// LogMatch searches a service's output for the patterns of Log checks. Each start
// of the service needs a new one. A nil *LogMatch never matches.
type LogMatch struct {
	mu   sync.Mutex
	left []*regexp.Regexp // not matched yet
	done chan struct{}
}

// NewLogMatch returns a LogMatch for the Log checks among checks, or nil if there
// is none.
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
// nothing once all patterns have matched, and is safe for concurrent use.
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
		return // the last pattern matched in another goroutine
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

// Done is closed once every pattern has matched.
func (m *LogMatch) Done() <-chan struct{} {
	if m == nil {
		return nil
	}
	return m.done
}
