//go:build !linux

package process

// Writers returns nil: only Linux tells who has a file open.
func (p *Process) Writers([]string) map[string]Member { return nil }

// Watchers returns nil: only Linux tells what a process watches.
func (p *Process) Watchers([]string, int) map[string]Member { return nil }
