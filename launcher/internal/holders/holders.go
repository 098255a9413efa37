// Package holders finds out who has a port, and describes it in the words of
// diag.
package holders

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/gitdir"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

// Onlooker finds out who has ports. It is made for one problem or answer: it reads
// everything only once.
type Onlooker struct {
	Live, Dead []runs.Record         // runs whose devrun is there, or gone
	containers []portowner.Container // by the engine; nil where it does not answer
	asked      bool                  // the engine
	known      map[int]*background   // by pid
}

// background is what shows where a process belongs.
type background struct {
	branch         string
	ancestors      []portowner.Process
	runID, service string // by the marks in its environment
}

// New returns an Onlooker that knows the runs recorded in folder.
func New(folder *runs.Folder) *Onlooker {
	o := &Onlooker{known: map[int]*background{}}
	records, _ := folder.List() // reported by the commands that list runs
	for _, rec := range records {
		switch rec.Fate() {
		case runs.Running:
			o.Live = append(o.Live, rec)
		case runs.Ended:
			o.Dead = append(o.Dead, rec)
		}
	}
	return o
}

// Taken describes who has a port that could not be reserved: the devrun with
// the lock, else every socket that is there.
func (o *Onlooker) Taken(taken *port.TakenError) []diag.Holder {
	number := int(taken.Addr.Port())
	if taken.Locked && taken.HolderPID != 0 {
		owner, err := portowner.Describe(taken.HolderPID)
		if err != nil {
			return nil
		}
		h := o.process(owner, number)
		h.State = diag.StateBound
		return []diag.Holder{h}
	}
	owners, err := portowner.Lookup(number)
	if err != nil {
		return nil
	}
	return o.Of(owners, nil)
}

// Of describes owners, of which only those that match are kept; nil keeps
// all. Children that share a socket with their parent are counted there.
func (o *Onlooker) Of(owners []portowner.Owner, match func(portowner.Socket) bool) []diag.Holder {
	var holders []diag.Holder
	for _, owner := range owners {
		if match != nil && !match(owner.Socket) || slices.ContainsFunc(owners, func(parent portowner.Owner) bool { return sharesWith(owner, parent) }) {
			continue
		}
		h := diag.Holder{Hidden: owner.Hidden, UID: owner.Socket.UID, Mine: diag.Mine(owner.Socket.UID)}
		if owner.Hidden {
			h.User = diag.UserName(owner.Socket.UID)
		}
		if owner.Process != nil {
			h = o.process(*owner.Process, int(owner.Socket.Local.Port()))
			for _, other := range owners {
				if sharesWith(other, owner) {
					h.Shares++
				}
			}
		}
		h.Addr, h.Peer, h.V6Only = owner.Socket.Local, owner.Socket.Remote, owner.Socket.V6Only
		h.State, h.TimeWaitLeft = stateOf(owner.Socket), owner.Socket.Expires
		holders = append(holders, h)
	}
	return holders
}

// sharesWith reports whether owner has its socket together with its parent.
func sharesWith(owner, parent portowner.Owner) bool {
	return owner.Process != nil && parent.Process != nil && owner.Process.PPID == parent.Process.PID &&
		owner.Socket.Inode == parent.Socket.Inode
}

// process describes a process that has a port: what it was started from, and
// the run of devrun or the container that it belongs to.
func (o *Onlooker) process(p portowner.Process, number int) diag.Holder {
	b := o.known[p.PID]
	if b == nil {
		b = &background{branch: gitdir.Branch(p.Dir), runID: process.Variable(p.PID, runs.MarkRun), service: process.Variable(p.PID, runs.MarkService)}
		b.ancestors, _ = portowner.Ancestors(p.PID) // none, of one that has just ended
		o.known[p.PID] = b
	}
	h := diag.Holder{
		PID: p.PID, Name: p.Name, Argv: p.Argv, Dir: p.Dir, Branch: b.branch, Started: p.Started,
		User: p.User, UID: p.UID, Mine: diag.Mine(p.UID), Suspended: process.Suspended(p.PID),
	}
	h.Origin = originOf(p, b.ancestors)
	h.Run, h.Orphan = o.runOf(p, b, number)
	h.Container = o.container(p, h.Origin, number)
	return h
}

// originOf describes where a process was started.
func originOf(p portowner.Process, ancestors []portowner.Process) diag.Origin {
	origin := portowner.OriginOf(p, ancestors)
	o := diag.Origin{Kind: string(origin.Kind), Name: origin.Name}
	for _, parent := range origin.Parents {
		o.Parents = append(o.Parents, diag.Parent{PID: parent.PID, Name: parent.Name})
	}
	return o
}

// Origin describes where a process was started, and its terminal: the path, with the
// pane of tmux. Both are empty where they are unknown.
func Origin(pid int) (o diag.Origin, terminal string) {
	p, err := portowner.Describe(pid)
	if err != nil {
		return o, ""
	}
	ancestors, _ := portowner.Ancestors(pid) // none, of one that has just ended
	for _, fd := range []string{"0", "1", "2"} {
		path, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + fd) // proc_pid_fd(5), of Linux
		if err == nil && (strings.HasPrefix(path, "/dev/pts/") || strings.HasPrefix(path, "/dev/tty")) {
			terminal = path
			break
		}
	}
	if pane := process.Variable(pid, "TMUX_PANE"); pane != "" && terminal != "" {
		terminal += " (tmux pane " + pane + ")"
	}
	return originOf(p, ancestors), terminal
}

// runOf returns the devrun that a process is or belongs to, and whether that
// one is gone. It is known by the pid in a record, by the mark in the process's
// environment, or by descent: in this order, since a devrun may itself be the
// service of another.
func (o *Onlooker) runOf(p portowner.Process, b *background, number int) (run *diag.Run, gone bool) {
	for _, rec := range o.Live {
		if rec.PID == p.PID {
			return runFor(rec, func(s runs.Service) bool { return s.Port() == number }), false
		}
		for _, s := range rec.Services {
			if s.PID == p.PID && s.Current() {
				return runFor(rec, func(other runs.Service) bool { return other.Name == s.Name }), false
			}
		}
	}
	for i, records := range [][]runs.Record{o.Live, o.Dead} {
		for _, rec := range records {
			if rec.ID == b.runID {
				return runFor(rec, func(s runs.Service) bool { return s.Name == b.service }), i == 1
			}
		}
	}
	for _, ancestor := range b.ancestors {
		for _, rec := range o.Live {
			if rec.PID == ancestor.PID {
				return runFor(rec, func(s runs.Service) bool { return s.Port() == number }), false
			}
		}
	}
	return nil, false
}

// runFor names the service of rec that matches, or the only one.
func runFor(rec runs.Record, match func(runs.Service) bool) *diag.Run {
	run := &diag.Run{Project: rec.Project, PID: rec.PID}
	i := slices.IndexFunc(rec.Services, match)
	if i < 0 && len(rec.Services) == 1 {
		i = 0
	}
	if i >= 0 {
		run.Service, run.URL = rec.Services[i].Name, rec.Services[i].URL()
	}
	return run
}

func stateOf(socket portowner.Socket) diag.State {
	switch {
	case socket.State == portowner.Listen:
		return diag.StateListen
	case socket.State == portowner.BoundInactive:
		return diag.StateBound
	case socket.State == portowner.TimeWait:
		return diag.StateTimeWait
	case socket.Inode == 0:
		return diag.StateClosing
	}
	return diag.StateEstablished
}

// Refused fills in the address of a port that could not be reserved, and the reason
// of a system that refuses it to everybody.
func Refused(f *diag.PortInUseFacts, taken *port.TakenError) {
	f.Port, f.Addr = int(taken.Addr.Port()), taken.Addr.Addr()
	if !errors.Is(taken, syscall.EACCES) {
		return
	}
	first := port.Unprivileged()
	switch {
	case runtime.GOOS == "windows":
		f.Cause = diag.PortExcluded
	case f.Port >= first:
		f.Cause = diag.PortForbidden
	default:
		f.Cause, f.Below = diag.PortPrivileged, first
		if runtime.GOOS == "linux" {
			f.Allow = "sudo sysctl net.ipv4.ip_unprivileged_port_start=" + strconv.Itoa(f.Port)
		}
	}
}
