//go:build !linux

package process

import (
	"errors"
	"fmt"

	"github.com/shirou/gopsutil/v4/process"
)

// readAll reads the process table. Start times stand for ticks, in
// milliseconds.
func readAll() ([]stat, error) {
	listed, err := process.Processes()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []stat
	for _, p := range listed {
		if s, err := readStat(int(p.Pid)); err == nil {
			all = append(all, s)
		}
	}
	return all, nil
}

// readStat describes one process.
func readStat(pid int) (stat, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return stat{}, err
	}
	ppid, err := p.Ppid()
	if err != nil {
		return stat{}, err
	}
	s := stat{pid: pid, ppid: int(ppid), state: 'R'}
	s.pgid, s.sid = groupOf(pid)
	if created, err := p.CreateTime(); err == nil {
		s.ticks = uint64(created)
	}
	if status, err := p.Status(); err == nil && len(status) > 0 && status[0] == process.Zombie {
		s.state = 'Z'
	}
	s.name, _ = p.Name()
	return s, nil
}

// employed cannot be told here, nor does it matter: orphans are not given to us.
func employed(int) bool { return false }

func marked([]string) ([]Member, error) {
	return nil, fmt.Errorf("read the environment of processes: %w", errors.ErrUnsupported)
}

func variable(int, string) string { return "" }

// holds cannot tell what others have open here.
func holds(int, []string) bool { return false }

// hasMarks cannot read the environment of others here.
func hasMarks(int, []string) (marked, known bool) { return false, true }
