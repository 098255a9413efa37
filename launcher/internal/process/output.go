package process

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// copier passes one stream of a tree on. Its err is valid once it has ended.
type copier struct {
	from *os.File
	to   io.Writer
	err  error
}

// run copies until the last writer has closed the stream. When our reader is
// gone it closes the stream, so that the service gets SIGPIPE as it would
// without devrun.
func (c *copier) run() {
	defer c.from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := c.from.Read(buf)
		if n > 0 {
			if _, errWrite := c.to.Write(buf[:n]); errWrite != nil {
				c.err = errWrite
				return
			}
		}
		if err != nil {
			// A terminal reports EIO when its last user is gone.
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) && !errors.Is(err, os.ErrClosed) {
				c.err = err
			}
			return
		}
	}
}

// copyOutputs starts one copier a stream.
func (p *Process) copyOutputs() {
	ended := make(chan struct{}, len(p.outputs))
	for _, c := range p.outputs {
		// Ends when the tree has closed the stream, or closeOutputs has.
		go func() {
			c.run()
			ended <- struct{}{}
		}()
	}
	// Ends with the copiers.
	go func() {
		for range p.outputs {
			<-ended
		}
		close(p.drained)
	}()
}

// closeOutputs ends the copiers, for a tree of which something still holds a
// stream open.
func (p *Process) closeOutputs() {
	p.closing.Do(func() {
		for _, c := range p.outputs {
			c.from.Close()
		}
	})
}
