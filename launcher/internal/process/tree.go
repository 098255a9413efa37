package process

import "os"

// Members returns the live processes of the tree: the command, what descends
// from it, what is in its session or process group, and what was given to us
// when its parent ended and carries the marks. One that carries no marks, as
// after env -i, counts while this is the only tree.
func (p *Process) Members() ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	self := os.Getpid()
	for _, s := range all {
		root := s.pid == p.root.Pid && s.ticks == p.ticks
		if root || s.sid == p.root.Pid || s.pgid == p.root.Pid {
			t.include(s.pid)
		}
	}
	t.close()
	for _, s := range all {
		if s.ppid != self || t.in[s.pid] || children.owns(s.pid) || s.sid == ownSession() || isGuardian(s.pid) {
			continue
		}
		if marked, known := hasMarks(s.pid, p.spec.Marks); marked || !known && children.alone(p) {
			t.include(s.pid)
		}
	}
	t.close()
	return t.members(), nil
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
			members = append(members, Member{PID: s.pid, PPID: s.ppid, StartTicks: s.ticks, Name: s.name})
		}
	}
	return members
}
