package diag

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"devrun/launcher/internal/text"
)

// Run is the live devrun that a process belongs to.
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

// State says what a holder does with a port.
type State string

const (
	StateListen      State = "listen"
	StateBound       State = "bound" // it has the port and does not listen
	StateEstablished State = "established"
	StateClosing     State = "closing"   // no process has it, and the other end has not closed it yet
	StateTimeWait    State = "time-wait" // no process has it, the kernel keeps it
)

// nobody reports whether the kernel alone has the port.
func (s State) nobody() bool { return s == StateTimeWait || s == StateClosing }

// Holder is one socket on a port with what is known of its owner.
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
	Hidden       bool           // the process may not be looked at; its user is known
	Shares       int            // how many children of the process have the same socket
	Branch       string         // the git branch that is checked out in Dir
	Origin       Origin         // what the process was started from
	Container    *Container     // the port is published for it, or the process runs in it
	Run          *Run           // the devrun whose service it is, or which it is itself
	Orphan       bool           // Run is gone and left it behind
}

// Container is a container as far as its engine, or its proxy, tells.
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

// Origin is what a process was started from. The zero Origin is unknown.
type Origin struct {
	Kind    string   // as package portowner has it: "terminal", "unit", …
	Name    string   // "tmux", "nginx.service"
	Parents []Parent // the nearest first
}

// describe is the holder in one sentence without a period.
func (h Holder) describe(now time.Time, home string) string {
	if h.State == StateClosing {
		return "nobody: connections of an earlier server are not closed at their other end yet"
	}
	if h.State == StateTimeWait {
		nobody := "nobody: connections of an earlier server are still in TIME_WAIT"
		if h.TimeWaitLeft > 0 {
			nobody += " for another " + text.Span(h.TimeWaitLeft)
		}
		return nobody
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
		b.WriteString(", which keeps it for " + h.Run.ref())
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
		b.WriteString(", which has it without listening")
	case h.State == StateEstablished && h.Peer.IsValid():
		b.WriteString(", as its own end of a connection to " + h.Peer.String())
	case h.State == StateEstablished:
		b.WriteString(", as its own end of a connection")
	}
	if h.Orphan {
		b.WriteString(", left behind by a devrun that was killed")
	}
	if line := Shown(h.Argv); line != "" && !keeper {
		b.WriteString(": " + line)
	}
	return b.String()
}

// label is "node (pid 41233)" or what is known instead.
func (h Holder) label() string {
	switch {
	case h.Hidden && h.Name == "":
		return "a process of " + h.user() + " that may not be looked at"
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

// folder is where the process works, and what is checked out there.
func (h Holder) folder(home string) string {
	folder := ShortenPath(h.Dir, home)
	if h.Branch != "" {
		folder += " (branch " + h.Branch + ")"
	}
	return folder
}

func (h Holder) state() State {
	if h.State == "" {
		return StateListen
	}
	return h.State
}

// keeps reports whether the holder is the devrun that keeps the port, rather
// than its service.
func (h Holder) keeps() bool { return h.Run != nil && h.Run.PID == h.PID }

// beside reports whether the holder has the port on another address only: a
// connection to addr does not reach it, and addr can be bound beside it.
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
