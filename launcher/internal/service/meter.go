package service

import "time"

// meterStep is how often the bytes that a service has stored are read once it may have
// changed a file while it serves, and meterAge is how old a reading may be to say
// something about a change. Without such a file nothing is read.
const (
	meterStep = 250 * time.Millisecond
	meterAge  = time.Second
)

// meter knows what the tree of the service had stored in files a moment ago. Its zero
// value has read nothing.
type meter struct {
	ticks <-chan time.Time // nil: nothing is read
	stop  func()
	bytes uint64
	at    time.Time // of the reading; zero if there is none
}

// read takes down what the tree of a has stored so far.
func (m *meter) read(a *attempt) {
	m.at = time.Time{}
	if n, err := a.proc.Stored(); err == nil {
		m.bytes, m.at = n, time.Now()
	}
}

// moved reads anew, and reports whether the tree of a may have stored something since
// the last reading, and whether that was a moment ago. Without one it may.
func (m *meter) moved(a *attempt) (moved, recent bool) {
	bytes, at := m.bytes, m.at
	m.read(a)
	switch {
	case m.at.IsZero():
		return false, false
	case at.IsZero():
		return true, false
	}
	return m.bytes > bytes, time.Since(at) <= meterAge
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
