package process

import (
	"os"
	"path/filepath"
	"slices"
)

// Members returns the live processes of the tree: the command, what descends
// from it, what is in its session or process group, and what was given to us
// when its parent ended and was a member before or carries the marks. One that
// carries no marks, as after env -i, counts while this is the only tree. After
// a Stop that left no survivors there is none.
func (p *Process) Members() ([]Member, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.released {
		return nil, nil
	}
	all, err := table.read()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	taken := slices.ContainsFunc(all, func(s stat) bool { return s.pid == p.root.Pid && s.ticks != p.ticks })
	for _, s := range all {
		ticks, known := p.known[s.pid]
		if !taken && (s.pid == p.root.Pid || s.sid == p.root.Pid || s.pgid == p.root.Pid) || known && ticks == s.ticks {
			t.include(s.pid)
		}
	}
	t.close()
	self := os.Getpid()
	for _, s := range all {
		if s.ppid != self || t.in[s.pid] || children.owns(s.pid) || s.sid == ownSession() || isGuardian(s.pid) {
			continue
		}
		if marked, known := hasMarks(s.pid, p.spec.Marks); marked || !known && children.alone(p) && !employed(s.pid) {
			t.include(s.pid)
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

// look is Members. When the system cannot tell, such as for want of a file
// descriptor, it is the command alone, until that has ended.
func (p *Process) look() []Member {
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

// remaining is Remaining.
func remaining() ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	self := os.Getpid()
	for _, s := range all {
		if s.ppid == self && s.sid != ownSession() && !isGuardian(s.pid) {
			t.include(s.pid)
		}
	}
	t.close()
	return t.members(), nil
}

// tree is a set of processes that grows by descent.
type tree struct {
	all []stat
	in  map[int]bool
}

func newTree(all []stat) *tree { return &tree{all: all, in: map[int]bool{}} }

func (t *tree) include(pid int) { t.in[pid] = true }

// close adds everything that descends from what is in.
func (t *tree) close() {
	for grown := true; grown; {
		grown = false
		for _, s := range t.all {
			if t.in[s.ppid] && !t.in[s.pid] {
				t.in[s.pid] = true
				grown = true
			}
		}
	}
}

// members returns those of the set that live.
func (t *tree) members() []Member {
	var members []Member
	for _, s := range t.all {
		if t.in[s.pid] && s.alive() {
			members = append(members, Member{PID: s.pid, PPID: s.ppid, StartTicks: s.ticks, Name: s.name, group: s.pgid})
		}
	}
	return members
}
