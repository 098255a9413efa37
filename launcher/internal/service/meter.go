package service

import "time"

// meterStep is how often the bytes that a service has written are read once it may
// have changed a file while it serves, and meterAge is how old a reading may be to say
// something about a change. Without such a file nothing is read.
const (
	meterStep = 250 * time.Millisecond
	meterAge  = time.Second
)

// meter knows how much the tree of the service had written a moment ago: whoever
// changes a file writes as many bytes as it holds. Its zero value has read nothing.
type meter struct {
	ticks <-chan time.Time // nil: nothing is read
	stop  func()
	bytes uint64
	at    time.Time
}

// read takes down what the tree of a has written so far.
func (m *meter) read(a *attempt) {
	if n, err := a.proc.Written(); err == nil {
		m.bytes, m.at = n, time.Now()
	}
}

// since returns how much the tree of a has written since the last reading, and
// whether that was a moment ago. It reads anew.
func (m *meter) since(a *attempt) (bytes uint64, recent bool) {
	before, at := m.bytes, m.at
	m.read(a)
	if at.IsZero() || m.bytes < before { // a process that has ended counts no more
		return 0, false
	}
	return m.bytes - before, time.Since(at) <= meterAge
}

// run has readings asked for, by ticks, until close.
func (m *meter) run() {
	if m.ticks == nil {
		t := time.NewTicker(meterStep)
		m.ticks, m.stop = t.C, t.Stop
	}
}

func (m *meter) close() {
	if m.ticks != nil {
		m.stop()
		m.ticks = nil
	}
}
