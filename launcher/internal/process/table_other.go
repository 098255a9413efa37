//go:build !linux

package process

import (
	"errors"
	"fmt"

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

func marked([]string) ([]Member, error) {
	return nil, fmt.Errorf("read the environment of processes: %w", errors.ErrUnsupported)
}

func variable(int, string) string { return "" }

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
