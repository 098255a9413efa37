package process

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

func readAll() ([]proc.Stat, error) { return proc.ReadAll() }

func readStat(pid int) (proc.Stat, error) { return proc.Read(pid) }

func ownSession() int {
	sid, _ := unix.Getsid(0)
	return sid
}

// adopts reports whether an orphan that was given to us belongs to this tree.
func (p *Process) adopts(orphan proc.Stat) bool {
	pid := orphan.PID
	env, _ := proc.Environ(pid) // empty where it may not be read
	if marked, known := hasMarks(env, p.spec.Marks); known {
		return marked
	}
	// The reading of the table may be older than the end of a tree beside this one.
	if now, err := readStat(pid); err != nil || !now.Alive() || now.StartTicks != orphan.StartTicks {
		return false
	}
	// A child that was just forked has all our files open until its exec.
	if employed(pid) || !hasOpen(pid, p.names) && (!p.reaper.hasOneTree() || isInherited(env)) {
		return false
	}
	now, err := readStat(pid) // it may have ended before it was examined
	return err == nil && now.StartTicks == orphan.StartTicks
}

// isStranger reports whether a child of this process was started by other means
// than Start, or belongs to a program that was, or is the guardian.
func (r *Reaper) isStranger(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, own := r.own[pid]; own {
		return false
	}
	if r.guardian.is(pid) || employed(pid) {
		return true
	}
	env, _ := proc.Environ(pid)
	for pair := range env.Entries() {
		if _, ours := r.marks[string(pair)]; ours {
			return false
		}
	}
	return isInherited(env)
}

// isInherited reports whether env is for the most part the environment of this
// program, as that of a browser, which a helper started and left, is.
func isInherited(env proc.Env) bool {
	own := os.Environ()
	left := make(map[string]bool, len(own))
	for _, pair := range own {
		left[pair] = true
	}
	for pair := range env.Entries() {
		delete(left, string(pair))
	}
	return 2*len(left) < len(own)
}

// hasMarks reports whether env contains all marks. known is false where it
// contains none of their names.
func hasMarks(env proc.Env, marks []string) (marked, known bool) {
	marked = len(marks) > 0
	for _, mark := range marks {
		name, _, _ := strings.Cut(mark, "=")
		_, set := env.Lookup(name)
		known = known || set
		marked = marked && env.Has(mark)
	}
	return marked, known
}

func isMarked(pid int, marks []string) bool {
	env, _ := proc.Environ(pid)
	marked, _ := hasMarks(env, marks)
	return marked
}

// Recorded returns the live processes of a tree that another program has started
// and recorded: its command, the session and the group of that, the processes whose
// environment contains all of the marks, and the descendants of all these. Programs
// that set a title, such as redis, overwrite their environment. A pid of 0 stands
// for no command; ticks of 0 for an unknown start.
func Recorded(pid int, ticks uint64, marks []string) ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	reused := pid == 0 || slices.ContainsFunc(all, func(s proc.Stat) bool { return s.PID == pid && ticks != 0 && s.StartTicks != ticks })
	for _, s := range all {
		if !reused && (s.PID == pid || s.SID == pid || s.PGID == pid) || isMarked(s.PID, marks) {
			t.include(s.PID)
		}
	}
	t.close()
	return t.members(), nil
}

// Variable returns the value of a variable in the environment that a process
// was started with. It is empty where the variable is not set, the process is
// gone, or its environment may not be read.
func Variable(pid int, name string) string {
	env, _ := proc.Environ(pid)
	value, _ := env.Lookup(name)
	return value
}

// hasOpen reports whether pid has one of the named streams open.
func hasOpen(pid int, names []string) bool {
	found := false
	_ = proc.OpenFiles(pid, func(_, target string) bool {
		found = slices.Contains(names, target)
		return !found
	})
	return found
}

// hasOneTree reports whether only one process is registered.
func (r *Reaper) hasOneTree() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.own) == 1
}
