package diag

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
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
	StateTimeWait    State = "time-wait" // no process has it, the kernel keeps it
)

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
	State        State          // empty: listen
	TimeWaitLeft time.Duration  // 0: unknown
	Hidden       bool           // the process may not be looked at; its user is known
	Container    string         // name of the container that the port is published for
	Run          *Run           // it is a live devrun's service, or devrun itself
	Orphan       bool           // a devrun that is gone left it behind
}

// describe is the holder in one sentence without a period.
func (h Holder) describe(now time.Time, home string) string {
	if h.State == StateTimeWait {
		text := "nobody: connections of an earlier server are still in TIME_WAIT"
		if h.TimeWaitLeft > 0 {
			text += " for another " + Span(h.TimeWaitLeft)
		}
		return text
	}
	var b strings.Builder
	b.WriteString(h.label())
	if h.Container != "" {
		b.WriteString(", for container " + h.Container)
	}
	keeper := h.Run != nil && h.Run.PID == h.PID
	if keeper {
		b.WriteString(", which keeps it for " + h.Run.ref())
	}
	if age := Age(h.Started, now); age != "" {
		b.WriteString(", started " + age)
		if h.Dir != "" {
			b.WriteString(" in " + ShortenPath(h.Dir, home))
		}
		b.WriteString(h.by())
	} else if h.Dir != "" {
		b.WriteString(", in " + ShortenPath(h.Dir, home) + h.by())
	} else if by := h.by(); by != "" && (!h.Hidden || h.Name != "") {
		b.WriteString(", run" + by)
	}
	switch {
	case h.State == StateBound:
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

// evidence is the holder for --json. The command line is masked.
func (h Holder) evidence() map[string]any {
	e := map[string]any{"state": string(h.state()), "mine": h.Mine, "hidden": h.Hidden, "orphan": h.Orphan}
	set := func(key string, value any, known bool) {
		if known {
			e[key] = value
		}
	}
	set("pid", h.PID, h.PID != 0)
	set("name", h.Name, h.Name != "")
	set("argv", MaskArgs(h.Argv), len(h.Argv) > 0)
	set("dir", h.Dir, h.Dir != "")
	set("started", h.Started, !h.Started.IsZero())
	set("user", h.User, h.User != "")
	set("uid", h.UID, h.User != "" || h.Hidden)
	set("address", h.Addr.String(), h.Addr.IsValid())
	set("peer", h.Peer.String(), h.Peer.IsValid())
	set("time_wait_ms", h.TimeWaitLeft.Milliseconds(), h.TimeWaitLeft > 0)
	set("container", h.Container, h.Container != "")
	if h.Run != nil {
		e["run"] = map[string]any{"project": h.Run.Project, "service": h.Run.Service, "url": h.Run.URL, "pid": h.Run.PID}
	}
	return e
}

func (h Holder) state() State {
	if h.State == "" {
		return StateListen
	}
	return h.State
}

// holdersEvidence is never nil: no holder is evidence too.
func holdersEvidence(holders []Holder) []map[string]any {
	list := make([]map[string]any, 0, len(holders))
	for _, h := range holders {
		list = append(list, h.evidence())
	}
	return list
}

// describeAll describes each holder once; a server has often two sockets.
func describeAll(holders []Holder, now time.Time, home string) []string {
	var texts []string
	for _, h := range holders {
		if text := h.describe(now, home); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// stopHolders offers to stop the devrun that holds a port.
func (p *Problem) stopHolders(holders []Holder) {
	for _, h := range holders {
		if h.Run != nil && h.Run.Service != "" && h.Mine {
			p.try("devrun stop "+quote(h.Run.ref()), "stop it (devrun started it)")
		}
	}
}

// killHolders offers to end a process of the same user by its pid. It is the
// last of the remedies: nothing is ever ended by port, nor for another user.
func (p *Problem) killHolders(holders []Holder) {
	for _, h := range holders {
		if h.Mine && h.PID > 1 && h.Run == nil && h.Container == "" && h.state() != StateTimeWait {
			name := h.Name
			if name == "" {
				name = "it"
			}
			p.try("kill "+strconv.Itoa(h.PID), "ask "+name+" to end, if you do not need it")
		}
	}
}
