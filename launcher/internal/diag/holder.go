package diag

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"devrun/launcher/internal/text"
)

// Run is the devrun that a process belongs to.
type Run struct {
	Project string
	Service string
	URL     string
	PID     int // devrun's own
}

// ref names the service as devrun's commands take it.
func (r Run) ref() string {
	if r.Project == "" {
		return r.Service
	}
	return r.Project + "/" + r.Service
}

// State is the state of a socket on a port.
type State string

const (
	StateListen      State = "listen"
	StateBound       State = "bound" // not listening
	StateEstablished State = "established"
	StateClosing     State = "closing"   // no process has it; the other end has not closed it yet
	StateTimeWait    State = "time-wait" // no process has it, the kernel keeps it
)

// kernelOnly reports whether no process has the port any more.
func (s State) kernelOnly() bool { return s == StateTimeWait || s == StateClosing }

// Holder is one socket on a port, and its owner.
type Holder struct {
	PID          int // 0: unknown
	Name         string
	Argv         []string
	Dir          string
	Started      time.Time
	User         string // empty: no name for UID
	UID          int    // meaningful when User is set or Hidden
	Mine         bool   // it runs as the same user as devrun
	Addr         netip.AddrPort
	Peer         netip.AddrPort // the other end of an established connection
	V6Only       bool           // Addr takes no IPv4 connections
	State        State          // empty: listen
	TimeWaitLeft time.Duration  // 0: unknown
	Hidden       bool           // devrun may not inspect the process; its user is known
	Suspended    bool           // it was stopped, as by Ctrl-Z, and does nothing until it is continued
	Shares       int            // children of the process with the same socket
	Branch       string         // the git branch that is checked out in Dir
	Origin       Origin         // where the process was started
	Container    *Container     // the port is published for it, or the process runs in it
	Run          *Run           // the devrun that runs it, or that it is
	Orphan       bool           // Run has ended and left it behind
}

// Container is a container as its engine, or else its proxy, reports it.
type Container struct {
	Name, ID, Image  string
	Project, Service string // of Compose
	Target           string // "172.17.0.2:80", where a proxy passes connections on to
}

// Parent is a process among those that led to another.
type Parent struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

// Origin is where a process was started. The zero Origin is unknown.
type Origin struct {
	Kind    string   // as in package portowner: "terminal", "unit", …
	Name    string   // "tmux", "nginx.service"
	Parents []Parent // the nearest first
}

// describe is the holder in one sentence without a period.
func (h Holder) describe(now time.Time, home string) string {
	if h.State == StateClosing {
		return "no process: clients have not yet closed their connections to an earlier server"
	}
	if h.State == StateTimeWait {
		wait := "no process: connections of an earlier server are still in TIME_WAIT"
		if h.TimeWaitLeft > 0 {
			wait += " for another " + text.Span(h.TimeWaitLeft)
		}
		return wait
	}
	var b strings.Builder
	b.WriteString(h.label())
	if h.Shares > 0 {
		b.WriteString(" with " + plural(h.Shares, "child", "children"))
	}
	if h.Container != nil && h.Container.Name != "" {
		b.WriteString(", for container " + h.Container.Name)
	}
	keeper := h.keeps()
	if keeper {
		b.WriteString(", which holds it for " + h.Run.ref())
	}
	if age := text.Ago(h.Started, now); age != "" {
		b.WriteString(", started " + age)
		if h.Dir != "" {
			b.WriteString(" in " + h.folder(home))
		}
		b.WriteString(h.by())
	} else if h.Dir != "" {
		b.WriteString(", in " + h.folder(home) + h.by())
	} else if by := h.by(); by != "" && (!h.Hidden || h.Name != "") {
		b.WriteString(", run" + by)
	}
	switch {
	case h.State == StateBound && !keeper:
		b.WriteString(", bound but not listening")
	case h.State == StateEstablished && h.Peer.IsValid():
		b.WriteString(", as the local end of a connection to " + h.Peer.String())
	case h.State == StateEstablished:
		b.WriteString(", as the local end of a connection")
	}
	if h.Suspended {
		b.WriteString(", suspended (Ctrl-Z)")
	}
	if h.Orphan {
		b.WriteString(", left behind by a devrun that was killed")
	}
	if line := Shown(h.Argv); line != "" && !keeper {
		b.WriteString(": " + line)
	}
	return b.String()
}

// label is "node (pid 41233)", or as much of it as is known.
func (h Holder) label() string {
	switch {
	case h.Hidden && h.Name == "":
		return "a process of " + h.user() + " that devrun may not inspect"
	case h.Name == "" && h.PID == 0:
		return "an unknown process"
	case h.Name == "":
		return fmt.Sprintf("process %d", h.PID)
	case h.PID == 0:
		return h.Name
	}
	return fmt.Sprintf("%s (pid %d)", h.Name, h.PID)
}

func (h Holder) user() string {
	if h.User == "" {
		return fmt.Sprintf("uid %d", h.UID)
	}
	return fmt.Sprintf("%s (uid %d)", h.User, h.UID)
}

func (h Holder) by() string {
	switch {
	case h.Mine:
		return " by you"
	case h.User != "":
		return " by " + h.User
	}
	return ""
}

// folder is the working folder of the process, and the branch that is checked out.
func (h Holder) folder(home string) string {
	folder := ShortenPath(h.Dir, home)
	if h.Branch != "" {
		folder += " (branch " + h.Branch + ")"
	}
	return folder
}

func (h Holder) state() State { return cmp.Or(h.State, StateListen) }

// keeps reports whether the holder is the devrun that holds the port for its service.
func (h Holder) keeps() bool { return h.Run != nil && h.Run.PID == h.PID }

// beside reports whether the holder has the port only on other addresses: a
// connection to addr does not reach it, and addr can still be bound.
func (h Holder) beside(addr netip.Addr) bool {
	own := h.Addr.Addr()
	switch {
	case !own.IsValid(), own == addr:
		return false
	case own.IsUnspecified():
		return own.Is4() != addr.Is4() && (own.Is4() || h.V6Only)
	}
	return !addr.IsUnspecified() || own.Is4() != addr.Is4()
}
