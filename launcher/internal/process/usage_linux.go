package process

import (
	"os"
	"time"
)

// Usage returns the resources of the tree: its resident memory in bytes, where
// shared pages count for each process, and the processor time that it has used,
// including children that it has waited for.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	members, err := p.Members()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range members {
		if s, err := readStat(m.PID); err == nil && s.StartTicks == m.StartTicks {
			memory += s.Pages * int64(os.Getpagesize())
			processor += s.Processor
		}
	}
	return memory, processor, nil
}
