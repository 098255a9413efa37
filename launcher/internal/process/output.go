package process

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// copyBuffer is the memory for one stream at first, and mostBuffer once it is
	// filled at one time: a quiet stream costs little.
	copyBuffer = 1 << 10
	mostBuffer = 32 << 10
	// drainQuiet is how long a stream that outlives its tree may be silent
	// before it is given up; drainLimit is how long it may continue, and how long
	// a slow writer is waited for.
	drainQuiet = 500 * time.Millisecond
	drainLimit = 5 * time.Second
)

// errNotDrained is why output is given up.
var errNotDrained = errors.New("the stream did not end with its process tree")

// copier passes one stream of a tree on.
type copier struct {
	from      *os.File
	to        io.Writer
	translate func([]byte) []byte // applied to every piece; nil for none
	wrote     func()              // called after each Write; nil for none
	writing   atomic.Bool         // a Write is under way
}

// copy copies until the last writer has closed the stream. When our reader is
// gone it closes the stream, so that the service gets SIGPIPE as it would
// without devrun.
func (p *Process) copy(c *copier) error {
	defer c.from.Close()
	buf := make([]byte, copyBuffer)
	for {
		n, err := c.from.Read(buf)
		piece := buf[:n]
		if c.translate != nil {
			// Also at the end, without a byte.
			piece = c.translate(piece)
		}
		if len(piece) > 0 {
			c.writing.Store(true)
			_, errWrite := c.to.Write(piece)
			c.writing.Store(false)
			if errWrite != nil {
				return errWrite
			}
			p.copied.Add(int64(n))
			if c.wrote != nil {
				c.wrote()
			}
		}
		switch {
		case err == nil && n == len(buf) && n < mostBuffer:
			buf = make([]byte, mostBuffer)
		case err == nil:
		// A terminal reports EIO when its last user is gone.
		case errors.Is(err, io.EOF), errors.Is(err, syscall.EIO), errors.Is(err, os.ErrClosed):
			return nil
		default:
			return err
		}
	}
}

// copyOutputs starts one copier a stream.
func (p *Process) copyOutputs() {
	left := new(atomic.Int32)
	left.Store(int32(len(p.outputs)))
	for _, c := range p.outputs {
		// Ends when the tree has closed the stream, or drain gives it up; one
		// whose writer hangs ends when that returns.
		go func() {
			if err := p.copy(c); err != nil {
				p.failure.CompareAndSwap(nil, &err)
			}
			if left.Add(-1) == 0 {
				p.endDrain()
			}
		}()
	}
}

// drain waits until the outputs of a tree that has ended are passed on, and
// gives up streams that do not end. After the end of ctx it does not wait for
// slow writers.
func (p *Process) drain(ctx context.Context) {
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	for {
		before := p.copied.Load()
		quiet := time.NewTimer(drainQuiet)
		select {
		case <-p.drained:
			quiet.Stop()
			return
		case <-limit.C:
			quiet.Stop()
		case <-quiet.C:
			if p.copied.Load() != before || ctx.Err() == nil && slices.ContainsFunc(p.outputs, func(c *copier) bool { return c.writing.Load() }) {
				continue
			}
		}
		err := errNotDrained
		p.failure.CompareAndSwap(nil, &err)
		p.closeOutputs()
		p.endDrain()
		return
	}
}

func (p *Process) endDrain() { p.draining.Do(func() { close(p.drained) }) }

// closeInput ends a stdin that was kept open.
func (p *Process) closeInput() {
	if p.input != nil {
		p.input.Close()
	}
}

// closeOutputs closes our ends of the streams.
func (p *Process) closeOutputs() {
	for _, c := range p.outputs {
		c.from.Close()
	}
}
