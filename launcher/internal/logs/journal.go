package logs

import (
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	defaultMaxBytes = 8 << 20

	maxQueue  = 256 << 10              // bytes of records that wait to be written
	maxPart   = 4 << 10                // bytes that may come on top, before they are records
	patience  = 200 * time.Millisecond // that a full queue may hold up a stream
	quiet     = 200 * time.Millisecond // after which an unfinished line is written
	relapse   = time.Minute            // without an error, after which one is reported again
	closeTime = 2 * time.Second        // for a slow disk to take the rest at Close
)

// Options of a journal.
type Options struct {
	MaxBytes int64 // of each of the two files; 0 is 8 MiB; less than 128 KiB is not kept exactly

	Run Run // kept beside the log; Began is set by NewJournal

	// OnError is called on the journal's goroutine with the first error of the
	// system, and with one after a minute without any. May be nil.
	OnError func(error)
}

// Journal keeps the output and the events of one service in its log. A disk that
// is full, slow or fails costs lines, which the log then counts, and never stops
// the service. The methods may be called concurrently.
type Journal struct {
	options  Options
	patience time.Duration
	wake     chan struct{}
	done     chan struct{} // closed when write has returned

	// The writing goroutine's.
	missing int64     // bytes of records lost since the last that was written
	failed  time.Time // when a write last failed
	err     error     // of the last write

	mu      sync.Mutex // guards what follows
	lines   lines
	room    chan struct{} // closed when the queue is taken
	late    bool          // the disk is too slow: everything is dropped until the queue is taken
	dropped int64         // bytes of output since
	closed  bool
	file    *file // nil before Start; then of the writing goroutine
}

// NewJournal returns a journal that keeps everything in memory, up to 256 KiB,
// until Start.
func NewJournal(options Options) *Journal {
	if options.MaxBytes <= 0 {
		options.MaxBytes = defaultMaxBytes
	}
	options.Run.Began = time.Now()
	return &Journal{
		options: options, patience: patience, wake: make(chan struct{}, 1),
		done: make(chan struct{}), room: make(chan struct{}),
	}
}

// Start makes the journal's own goroutine write to the log of service in dir,
// which is made, mode 0700, if it does not exist. Later calls, and one after
// Close, do nothing. The only error is a service name that is no file name.
func (j *Journal) Start(dir, service string) error {
	path, err := logPath(dir, service)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil && !j.closed {
		j.file = &file{dir: dir, path: path, max: j.options.MaxBytes}
		// Ends with Close, which waits for it.
		go func() {
			if j.options.Run.ID != "" {
				j.options.Run.save(dir, service)
			}
			j.write()
		}()
	}
	return nil
}

// Event adds a line of devrun's own. It never waits.
func (j *Journal) Event(t time.Time, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed:
	case j.late || len(j.lines.records) >= maxQueue:
		j.dropped += int64(len(text))
	default:
		j.lines.event(t, text)
		j.signal()
	}
}

// Stream returns a writer that passes everything on to w and keeps it as output
// of s, Out or Err: line by line, and a line that stays unfinished after a fifth of a second.
// The results of Write are those of w. While the disk is slow, a Write can take
// 200 ms more.
func (j *Journal) Stream(w io.Writer, s Source) io.Writer { return stream{w, j, s} }

type stream struct {
	to      io.Writer
	journal *Journal
	source  Source
}

func (s stream) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.journal.keep(s.source, p)
	return n, err
}

// keep queues p, or drops it.
func (j *Journal) keep(s Source, p []byte) {
	h := newHeader(time.Now(), s)
	for part := range slices.Chunk(p, maxPart) {
		j.mu.Lock()
		j.awaitRoom()
		switch {
		case j.closed:
		case j.late:
			j.dropped += int64(len(part))
		default:
			j.lines.add(&h, s, part)
			j.signal()
		}
		j.mu.Unlock()
	}
}

// signal wakes the writing goroutine. j.mu is held, and j is not closed.
func (j *Journal) signal() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// awaitRoom waits until the queue has room, or the journal is late or closed.
// j.mu is held, but not during the wait.
func (j *Journal) awaitRoom() {
	full := func() bool { return len(j.lines.records) >= maxQueue && !j.late && !j.closed }
	if !full() {
		return
	}
	timer := time.NewTimer(j.patience)
	defer timer.Stop()
	for full() {
		room := j.room
		j.mu.Unlock()
		expired := false
		select {
		case <-room:
		case <-timer.C:
			expired = true
		}
		j.mu.Lock()
		j.late = j.late || expired && full()
	}
}

// Close writes the rest, unfinished lines too, closes the file, and returns the
// error of the last write. Where the disk hangs it gives up after two seconds.
// Before Start it discards everything. It is safe to call twice.
func (j *Journal) Close() error {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.room)
		close(j.wake)
	}
	file := j.file
	j.mu.Unlock()
	if file == nil {
		return nil
	}
	select {
	case <-j.done:
		return j.err
	case <-time.After(closeTime):
		return &fs.PathError{Op: "write log", Path: file.path, Err: os.ErrDeadlineExceeded}
	}
}

// write writes to the file until Close.
func (j *Journal) write() {
	defer close(j.done)
	defer j.file.close()
	var spare []byte
	var due <-chan time.Time // of unfinished lines; nil while there are none
	for open := true; open; {
		flush := false
		select {
		case _, open = <-j.wake:
			flush = !open
		case <-due:
			due, flush = nil, true
		}
		records, unfinished := j.take(spare, flush)
		j.store(records)
		spare = records[:0]
		if due == nil && unfinished {
			due = time.After(quiet)
		}
	}
}

// take empties the queue, and puts spare in its place.
func (j *Journal) take(spare []byte, flush bool) (records []byte, unfinished bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	if flush || j.dropped > 0 {
		j.lines.flush(now)
	}
	records, j.lines.records = j.lines.records, spare
	if j.dropped > 0 {
		records = append(records, note(now, "%d bytes of output are missing here: the log could not keep up", j.dropped)...)
	}
	j.late, j.dropped = false, 0
	if !j.closed {
		close(j.room)
		j.room = make(chan struct{})
	}
	return records, len(j.lines.open[0])+len(j.lines.open[1]) > 0
}

// store writes records to the file.
func (j *Journal) store(records []byte) {
	if len(records) == 0 {
		return
	}
	var err error
	if j.missing > 0 {
		if _, err = j.file.write(note(time.Now(), "%d bytes of the log are missing here: it could not be written", j.missing)); err == nil {
			j.missing = 0
		}
	}
	left := len(records)
	if err == nil {
		left, err = j.file.write(records)
	}
	j.missing += int64(left)
	j.err = err
	if err == nil {
		return
	}
	// On a full disk a few bytes still fit now and then: that is no recovery.
	first := j.failed.IsZero() || time.Since(j.failed) > relapse
	j.failed = time.Now()
	if first && j.options.OnError != nil {
		j.options.OnError(err)
	}
}
