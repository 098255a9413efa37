package process

import (
	"os"
	"path/filepath"
	"slices"

	"devrun/launcher/internal/proc"
)

// Members returns the live processes of the tree: the command, its descendants,
// the processes of its session and process group, and orphans, which lost their
// parent and were given to us. An orphan counts if it was a member before, if it
// carries the marks, or, having lost those, as after env -i, if it has the
// output of the tree open. Without any of these it counts if this is the only
// tree and the orphan does not have the environment of this program, as the
// children of programs that were not started by Start do. After a Stop without
// survivors there are none.
func (p *Process) Members() ([]Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.released {
		return nil, nil
	}
	all, err := p.reaper.table.read()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	root := p.root.Pid
	reused := slices.ContainsFunc(all, func(s proc.Stat) bool { return s.PID == root && s.StartTicks != p.ticks })
	for _, s := range all {
		ticks, known := p.known[s.PID]
		if !reused && (s.PID == root || s.SID == root || s.PGID == root) || known && ticks == s.StartTicks {
			t.include(s.PID)
		}
	}
	t.close()
	self, session := os.Getpid(), ownSession()
	for _, s := range all {
		if s.PPID == self && s.SID != session && !t.in[s.PID] && !p.reaper.owns(s.PID) && p.adopts(s) {
			t.include(s.PID)
		}
	}
	t.close()
	members := t.members()
	p.known = make(map[int]uint64, len(members))
	for _, m := range members {
		p.known[m.PID] = m.StartTicks
	}
	return members, nil
}

// membersOrRoot is Members. Where that fails, such as for lack of a file descriptor, it
// is the command alone, until that has ended.
func (p *Process) membersOrRoot() []Member {
	members, err := p.Members()
	if err == nil {
		return members
	}
	select {
	case <-p.exited:
		return nil
	default:
		return []Member{{PID: p.root.Pid, PPID: os.Getpid(), StartTicks: p.ticks, Name: filepath.Base(p.spec.Path)}}
	}
}

// tree is a set of processes that grows by descent.
type tree struct {
	all []proc.Stat
	in  map[int]bool
}

func newTree(all []proc.Stat) *tree { return &tree{all: all, in: map[int]bool{}} }

func (t *tree) include(pid int) { t.in[pid] = true }

// close adds all descendants of the members.
func (t *tree) close() {
	for grown := true; grown; {
		grown = false
		for _, s := range t.all {
			if t.in[s.PPID] && !t.in[s.PID] {
				t.in[s.PID] = true
				grown = true
			}
		}
	}
}

// members returns the live processes of the set.
func (t *tree) members() []Member {
	var members []Member
	for _, s := range t.all {
		if t.in[s.PID] && s.Alive() {
			members = append(members, Member{PID: s.PID, PPID: s.PPID, StartTicks: s.StartTicks, Name: s.Program(), Running: s.State == 'R', group: s.PGID})
		}
	}
	return members
}

// StartTicks returns the value that, with its pid, identifies a process for good:
// in ticks since boot on Linux, elsewhere in milliseconds. The error of one that has
// ended and waits for its parent to notice is os.ErrProcessDone.
func StartTicks(pid int) (uint64, error) {
	s, err := readStat(pid)
	if err == nil && !s.Alive() {
		return 0, os.ErrProcessDone
	}
	return s.StartTicks, err
}

// Suspended reports whether a process is stopped, as by Ctrl-Z or SIGSTOP, until it
// gets SIGCONT. It is false where the system does not report it.
func Suspended(pid int) bool {
	s, err := readStat(pid)
	return err == nil && s.State == 'T' // proc_pid_stat(5)
}
