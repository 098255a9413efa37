package service

import "time"

// meterStep is how often the bytes that a service has stored are read once it may have
// changed a file while it serves, and meterAge is how old a reading may be to say
// something about a change. Without such a file nothing is read.
const (
	meterStep = 250 * time.Millisecond
	meterAge  = time.Second
)

// meter knows what the tree of the service had written a moment ago. Its zero value has
// read nothing.
type meter struct {
	ticks        <-chan time.Time // nil: nothing is read
	stop         func()
	last, before reading
}

// reading is what a tree had written at a time.
type reading struct {
	stored  uint64    // in files
	written uint64    // wherever to
	at      time.Time // zero: nothing was read
}

// read takes down what a tree has written so far, by View.Output of package process.
func (m *meter) read(stored, written uint64, err error) {
	m.before, m.last = m.last, reading{}
	if err == nil {
		m.last = reading{stored, written, time.Now()}
	}
}

// noticeTime is how long a change may take to be noticed. A younger reading may
// include it.
const noticeTime = 50 * time.Millisecond

// moved is read, and returns whether the tree has stored something since a
// moment ago, how much it has written, and whether there was a reading then.
func (m *meter) moved(total, bytes uint64, err error) (stored bool, written uint64, recent bool) {
	old := m.last
	if time.Since(old.at) < noticeTime && !m.before.at.IsZero() {
		old = m.before
	}
	m.read(total, bytes, err)
	if m.last.at.IsZero() || old.at.IsZero() || m.last.written < old.written { // another tree
		return false, 0, false
	}
	return m.last.stored > old.stored, m.last.written - old.written, time.Since(old.at) <= meterAge
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
