package logs

import (
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	defaultMaxBytes = 8 << 20

	maxQueue  = 256 << 10              // bytes that wait to be written
	maxPieces = maxQueue / 64          // of them
	merging   = time.Millisecond       // what a stream writes within it has one time
	patience  = 200 * time.Millisecond // that a full queue may hold up a service
	quiet     = 200 * time.Millisecond // after which an unfinished line is written as it is
	relapse   = time.Minute            // without an error, after which one is reported again
	closeTime = 2 * time.Second        // for a slow disk to take the rest at Close
)

// Options of a log.
type Options struct {
	MaxBytes int64 // of each of the two files; 0 is 8 MiB; less than 64 KiB is not kept exactly

	// OnError hears of the first error, a *FileError, and of one after a minute
	// without any; from Open or in a goroutine of the log's. It must not call
	// Close. May be nil.
	OnError func(error)
}

// Log is the log of one service. Its methods may be called at once.
type Log struct {
	options Options
	file    *file
	encoder encoder   // of the writing goroutine
	missing int64     // bytes of records that it could not write since it last could
	failed  time.Time // the last time it could not
	wake    chan struct{}
	done    chan struct{} // closed when the writing goroutine has ended

	mu      sync.Mutex
	room    chan struct{} // closed when the queue has been taken; nil while nobody waits
	queue   *batch        // nil while nothing waits
	late    bool          // the disk is too slow: nothing is taken until the queue is empty
	dropped int64
	closed  bool
	err     error // of the last writing; nil while it works
}

// batch is output in the order in which it came.
type batch struct {
	pieces  []piece
	data    []byte
	records []byte // room to encode it in
}

// piece is a part of batch.data.
type piece struct {
	time   time.Time
	source Source
	size   int
}

// Open opens the log of a service in dir, which is made, mode 0700, if it is not
// there. What is in the log stays. The one error is a service name that is no
// name for a file. Where the log cannot be written now, Err and OnError say why,
// and it is tried again with each output.
func Open(dir, service string, options Options) (*Log, error) {
	path, err := logPath(dir, service)
	if err != nil {
		return nil, err
	}
	if options.MaxBytes <= 0 {
		options.MaxBytes = defaultMaxBytes
	}
	f := &file{dir: dir, path: path, max: options.MaxBytes}
	l := &Log{options: options, file: f, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.report(f.open())
	// Ends with Close, which waits for it.
	go l.write()
	return l, nil
}

// Stream returns the writer for a stream. What is written to it comes in any
// pieces; a line is taken down when it ends, or has been left unfinished for a
// fifth of a second. Write takes all and has no error but os.ErrClosed: a disk
// that is full or fails costs lines, which the log then counts, never the
// service. While the disk is slow, it may take 200 ms.
func (l *Log) Stream(s Source) io.Writer { return stream{l, s} }

type stream struct {
	log    *Log
	source Source
}

func (s stream) Write(p []byte) (int, error) {
	for size := len(p); ; {
		n, err := s.log.take(s.source, p)
		if p = p[n:]; err != nil || len(p) == 0 {
			return size - len(p), err
		}
	}
}

// take queues some of p, or drops it.
func (l *Log) take(s Source, p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.late && l.full() {
		l.late = !l.awaitRoom()
	}
	switch {
	case l.closed:
		return 0, os.ErrClosed
	case l.late:
		l.dropped += int64(len(p))
		return len(p), nil
	}
	if l.queue == nil {
		l.queue = batches.Get().(*batch)
	}
	p = p[:min(len(p), maxQueue-len(l.queue.data))]
	l.queue.add(s, p)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

// full reports whether the queue takes no more. l.mu is held.
func (l *Log) full() bool {
	return l.queue != nil && (len(l.queue.data) >= maxQueue || len(l.queue.pieces) >= maxPieces)
}

// awaitRoom waits until the queue has room, or the log is closed. l.mu is held,
// but not meanwhile.
func (l *Log) awaitRoom() bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for expired := false; l.full() && !l.closed; {
		if expired || l.late { // another stream may have waited longer
			return false
		}
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room := l.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-timer.C:
			expired = true
		}
		l.mu.Lock()
	}
	return true
}

// add appends what a stream wrote.
func (b *batch) add(s Source, p []byte) {
	now := time.Now()
	if last := len(b.pieces) - 1; last >= 0 && b.pieces[last].source == s && now.Sub(b.pieces[last].time) < merging {
		b.pieces[last].size += len(p)
	} else {
		b.pieces = append(b.pieces, piece{now, s, len(p)})
	}
	b.data = append(b.data, p...)
}

// batches are shared by all logs, since few of many services print at a time.
var batches = sync.Pool{New: func() any { return &batch{data: make([]byte, 0, 32<<10)} }}

// Err returns the error of the last writing, a *FileError, or nil if it worked.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Close writes what is left, unfinished lines too, and closes the file. Where
// the disk hangs it gives up after two seconds. It may be called twice.
func (l *Log) Close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		if l.room != nil {
			close(l.room)
			l.room = nil
		}
		close(l.wake)
	}
	l.mu.Unlock()
	select {
	case <-l.done:
		return l.Err()
	case <-time.After(closeTime):
		return &FileError{Op: "write log", Path: l.file.path, Err: os.ErrDeadlineExceeded}
	}
}

// write is the goroutine that writes.
func (l *Log) write() {
	defer close(l.done)
	defer l.file.close()
	var due <-chan time.Time // of unfinished lines; nil while there are none
	for open := true; open; {
		select {
		case _, open = <-l.wake:
		case <-due:
			due = nil
			l.encoder.flush(time.Now())
		}
		b, dropped := l.taken()
		l.encode(b, dropped)
		if !open {
			l.encoder.flush(time.Now())
		}
		l.store()
		b.pieces, b.data, b.records = b.pieces[:0], b.data[:0], l.encoder.records[:0]
		batches.Put(b)
		l.encoder.records = nil
		if due == nil && l.encoder.unfinished() {
			due = time.After(quiet)
		}
	}
}

// taken empties the queue.
func (l *Log) taken() (*batch, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, dropped := l.queue, l.dropped
	l.queue, l.late, l.dropped = nil, false, 0
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
	if b == nil {
		b = batches.Get().(*batch)
	}
	return b, dropped
}

// encode makes records of a batch, and stores them as they become many.
func (l *Log) encode(b *batch, dropped int64) {
	l.encoder.records = append(b.records, l.encoder.records...)
	data := b.data
	for _, p := range b.pieces {
		l.encoder.begin(p.time, p.source)
		for part := range slices.Chunk(data[:p.size], maxPart) {
			l.encoder.add(part)
			if len(l.encoder.records) >= maxRecords {
				l.store()
			}
		}
		data = data[p.size:]
	}
	if dropped > 0 {
		now := time.Now()
		l.encoder.flush(now)
		l.encoder.records = append(l.encoder.records, note(now, "%d bytes of output are missing here: the log could not keep up", dropped)...)
	}
}

const (
	maxRecords = 128 << 10 // bytes of records after which they are written
	maxPart    = 4 << 10   // bytes that are encoded before a look at that
)

// store writes the encoded records to the file.
func (l *Log) store() {
	records := l.encoder.records
	if len(records) == 0 {
		return
	}
	l.encoder.records = records[:0]
	var err error
	if l.missing > 0 {
		_, err = l.file.write(note(time.Now(), "%d bytes of the log are missing here: it could not be written", l.missing))
		if err == nil {
			l.missing = 0
		}
	}
	left := len(records)
	if err == nil {
		left, err = l.file.write(records)
	}
	l.missing += int64(left)
	l.report(err)
}

// report remembers the outcome of a writing.
func (l *Log) report(err error) {
	l.mu.Lock()
	l.err = err
	l.mu.Unlock()
	if err == nil {
		return
	}
	// On a full disk a few bytes still fit now and then: that is no recovery.
	first := l.failed.IsZero() || time.Since(l.failed) > relapse
	l.failed = time.Now()
	if first && l.options.OnError != nil {
		l.options.OnError(err)
	}
}
