//go:build !linux

package process

// awaitEnd waits until the command has ended.
func (p *Process) awaitEnd() Status { return p.reap() }
