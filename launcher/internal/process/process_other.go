//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"devrun/launcher/internal/proc"
)

// readAll reads the process table. Ticks are milliseconds here.
func readAll() ([]proc.Stat, error) {
	listed, err := process.Processes()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []proc.Stat
	for _, p := range listed {
		if s, err := readStat(int(p.Pid)); err == nil {
			all = append(all, s)
		}
	}
	return all, nil
}

// readStat describes one process.
func readStat(pid int) (proc.Stat, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return proc.Stat{}, err
	}
	ppid, err := p.Ppid()
	if err != nil {
		return proc.Stat{}, err
	}
	s := proc.Stat{PID: pid, PPID: int(ppid), State: 'R'}
	s.PGID, s.SID = groupOf(pid)
	if created, err := p.CreateTime(); err == nil {
		s.StartTicks = uint64(created)
	}
	if status, err := p.Status(); err == nil && len(status) > 0 {
		switch status[0] {
		case process.Zombie:
			s.State = 'Z'
		case process.Stop:
			s.State = 'T'
		}
	}
	s.Name, _ = p.Name()
	return s, nil
}

// Recorded returns the live processes of a tree that another program has started
// and recorded. The environment of others cannot be read here: its error wraps
// errors.ErrUnsupported.
func Recorded(int, uint64, []string) ([]Member, error) {
	return nil, fmt.Errorf("read the environment of processes: %w", errors.ErrUnsupported)
}

// Variable returns the value of a variable in the environment that a process
// was started with. It is empty: that of others cannot be read
// here.
func Variable(int, string) string { return "" }

// isMarked reports false: the environment of others cannot be read here.
func isMarked(int, []string) bool { return false }

// hasOpen reports false: the open files of others cannot be read here.
func hasOpen(int, []string) bool { return false }

// adopts reports false: orphans are not given to this process.
func (p *Process) adopts(proc.Stat) bool { return false }

// isStranger reports whether pid is the guardian; other programs that were not
// started by Start are not recognised here.
func (r *Reaper) isStranger(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.guardian.is(pid)
}

// glance is how often processes are checked where the system does not report
// their end.
const glance = 20 * time.Millisecond

// awaitAny waits until one of the members has ended, for at most limit or until
// the end of ctx.
func awaitAny(ctx context.Context, members []Member, limit time.Duration) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		for _, m := range members {
			if s, err := readStat(m.PID); err != nil || s.StartTicks != m.StartTicks || !s.Alive() {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// awaitEnd waits until the command has ended.
func (p *Process) awaitEnd() Status { return p.reap() }

// Leftovers returns an error that wraps errors.ErrUnsupported: it would have to
// read the environment of other processes, which this system does not show.
func Leftovers(string, []int) ([]Member, error) {
	return nil, fmt.Errorf("find processes by their environment: %w", errors.ErrUnsupported)
}

// EndLeftovers returns the error of Leftovers.
func EndLeftovers(context.Context, string, []int) (ended, survivors []Member, err error) {
	_, err = Leftovers("", nil)
	return nil, nil, err
}

// OOMKills returns errors.ErrUnsupported: this system does not count them.
func OOMKills() (uint64, error) { return 0, errors.ErrUnsupported }

// Usage returns errors.ErrUnsupported.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	return 0, 0, errors.ErrUnsupported
}

// Output returns errors.ErrUnsupported.
func (v View) Output() (stored, written uint64, err error) { return 0, 0, errors.ErrUnsupported }

// Writers returns nil: only Linux tells who has a file open.
func (v View) Writers([]string) map[string]Member { return nil }

// InMemory returns false: only Linux tells how much was stored.
func InMemory(string) bool { return false }

// SeesWatches reports whether Watchers can find out who watches a file on this system.
const SeesWatches = false

// Watchers returns nil: only Linux tells what a process watches.
func (v View) Watchers([]string, int) map[string]Member { return nil }
