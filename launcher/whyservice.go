package launcher

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/config/words"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/state"
	"devrun/launcher/internal/tries"
)

// settled is the age from which a service that listens nowhere is not taken to
// be still starting.
const settled = longLook

// serverError is the first status that counts as an error on the page that
// nobody has asked for: many services have none at /.
const serverError = 500

// recorded is a service in the record of a run.
type recorded struct {
	run state.Record
	state.Service
}

// named is "shop/api", or the name alone without a project.
func (r recorded) named() string {
	if r.run.Project == "" {
		return r.Name
	}
	return r.run.Project + "/" + r.Name
}

// find returns the services in records that are called name. One of a smoke run
// is gone before anybody can look at it.
func find(records []state.Record, name string) []recorded {
	var found []recorded
	for _, rec := range records {
		for _, s := range rec.Services {
			if r := (recorded{rec, s}); !rec.Smoke && (name == r.Name || name == r.named()) {
				found = append(found, r)
			}
		}
	}
	return found
}

// service answers for a service that some devrun of this user runs, or has run.
func (w why) service(ctx context.Context) (WhyAnswer, error) {
	name := w.target.service
	found := find(w.onlooker.live, name)
	if len(found) > 1 {
		here := slices.DeleteFunc(slices.Clone(found), func(r recorded) bool { return r.run.Dir != w.opts.Project.Dir })
		if len(here) != 1 {
			return WhyAnswer{}, ambiguous(name, found)
		}
		found = here
	}
	if len(found) == 1 {
		return w.live(ctx, found[0])
	}
	if dead := find(w.onlooker.dead, name); len(dead) > 0 {
		return w.gone(dead[len(dead)-1])
	}
	own := strings.TrimPrefix(name, w.opts.Project.Name+"/")
	if a, known, err := w.memory.assignment(w.opts.Project.Dir, own); known && err == nil {
		f := diag.ServiceFacts{Run: diag.Run{Project: w.opts.Project.Name, Service: own}, Port: a.Port}
		return WhyAnswer{Kind: "service", Port: a.Port, Shown: diag.NotRunning(f)}, nil
	}
	return WhyAnswer{}, w.unknown(name)
}

// ambiguous names the services that a name may mean.
func ambiguous(name string, found []recorded) error {
	e := &WhyError{Message: fmt.Sprintf("%d services that run are called %q", len(found), name)}
	for i, r := range found {
		text := r.named()
		if i > 0 && text == found[i-1].named() || len(find([]state.Record{found[0].run}, text)) > 0 && i > 0 {
			text = strconv.Itoa(r.Port) // one name in one project: the port tells them apart
		}
		e.Message += ", " + text
		e.Try = "devrun why " + text
	}
	return e
}

// unknown explains a name that nothing has, with the nearest that something has.
func (w why) unknown(name string) error {
	var names []string
	for _, rec := range w.onlooker.live {
		for _, s := range rec.Services {
			names = append(names, s.Name, recorded{rec, s}.named())
		}
	}
	e := &WhyError{Message: fmt.Sprintf("no service is called %q", name), Try: "devrun why 3000"}
	switch near := words.Nearest(name, names); {
	case near != "":
		e.Message += "; the nearest is " + near
		e.Try = "devrun why " + near
	case len(names) == 0:
		e.Message += ", and no devrun of this user runs one now"
	}
	return e
}

// gone answers for a service whose devrun was killed.
func (w why) gone(r recorded) (WhyAnswer, error) {
	f := WhyAnswer{Kind: "service", Port: r.Port, Service: r.finding()}
	f.Service.DevrunPID, f.Service.PID = 0, 0
	facts := r.facts()
	facts.Gone, facts.PID = true, 0
	members, err := process.Marked(r.marks())
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return WhyAnswer{}, err
	}
	f.Service.add(members)
	for _, m := range members {
		facts.Left = append(facts.Left, fmt.Sprintf("%s (pid %d)", m.Name, m.PID))
	}
	f.Shown = diag.NotRunning(facts)
	return f, nil
}

func (r recorded) marks() []string {
	return []string{envRunID + "=" + r.run.ID, envService + "=" + r.Name}
}

func (r recorded) finding() *ServiceFinding {
	return &ServiceFinding{
		Project: r.run.Project, Name: r.Name, URL: r.URL, Dir: r.Dir, Command: r.Command, DevrunPID: r.run.PID,
		Processes: []ProcessFinding{}, Listening: []netip.AddrPort{},
	}
}

func (r recorded) facts() diag.ServiceFacts {
	return diag.ServiceFacts{
		Run: diag.Run{Project: r.run.Project, Service: r.Name, URL: r.URL, PID: r.run.PID},
		PID: r.PID, Started: r.run.Started, Dir: r.run.Dir, Port: r.Port, Now: time.Now(), Home: home(),
	}
}

func (f *ServiceFinding) add(members []process.Member) {
	for _, m := range members {
		f.Processes = append(f.Processes, ProcessFinding{PID: m.PID, Name: m.Name})
	}
}

// live answers for a service whose devrun is there.
func (w why) live(ctx context.Context, r recorded) (WhyAnswer, error) {
	f := WhyAnswer{Kind: "service", Port: r.Port, Service: r.finding()}
	members, err := process.Marked(r.marks())
	if err != nil {
		return WhyAnswer{}, fmt.Errorf("look at the processes of %s: %w", r.named(), err)
	}
	f.Service.add(members)
	facts := r.facts()
	if facts.PID = 0; current(r.Service) {
		facts.PID = r.PID
	} else if len(members) > 0 {
		facts.PID = members[0].PID // its command has ended and left a server
	}
	f.Service.PID = facts.PID
	if len(members) == 0 || r.Port == 0 {
		f.Shown = diag.NotRunning(facts)
		return f, nil
	}
	seen, err := lookAt(r, members)
	if err != nil {
		return WhyAnswer{}, err
	}
	for _, socket := range seen.all {
		f.Service.Listening = append(f.Service.Listening, socket.Local)
	}
	facts.Found = portowner.LocalAddrs(seen.own)
	if seen.answers {
		f.Tried = try(ctx, seen.addr, "/")
		facts.Tried = f.Tried
	}
	if len(seen.foreign) > 0 {
		f.Holders = w.foreign(r, seen)
	}
	f.Shown = w.judge(r, facts, seen, f.Holders)
	return f, nil
}

// lookout is where a service of another devrun listens, and who else does.
type lookout struct {
	addr    netip.AddrPort     // where it should be reached
	all     []portowner.Socket // its own
	own     []portowner.Socket // those of all on its port
	foreign []portowner.Socket // of others, that would answer at addr
	answers bool               // one of own is reached at addr
}

// lookAt looks at the kernel's table for the listeners of a service's tree.
func lookAt(r recorded, members []process.Member) (lookout, error) {
	seen := lookout{addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(r.Port))}
	if addr, err := netip.ParseAddrPort(strings.TrimPrefix(r.URL, "http://")); err == nil {
		seen.addr = addr
	}
	table, err := portowner.Open()
	if err != nil {
		return seen, err
	}
	defer table.Close()
	listening, err := table.Listening()
	if err != nil {
		return seen, err
	}
	pids := make([]int, len(members))
	for i, m := range members {
		pids[i] = m.PID
	}
	open, err := portowner.OpenBy(pids)
	if err != nil {
		return seen, err
	}
	for _, socket := range listening {
		_, own := open[socket.Inode]
		here, reached := int(socket.Local.Port()) == r.Port, socket.Serves(seen.addr.Addr())
		switch {
		case own && here:
			seen.own = append(seen.own, socket)
			seen.answers = seen.answers || reached
		case here && reached:
			seen.foreign = append(seen.foreign, socket)
		}
		if own {
			seen.all = append(seen.all, socket)
		}
	}
	return seen, nil
}

// foreign describes those who have the service's port in its place.
func (w why) foreign(r recorded, seen lookout) []diag.Holder {
	owners, err := portowner.Lookup(r.Port)
	if err != nil {
		return nil
	}
	return w.onlooker.holders(owners, func(s portowner.Socket) bool { return portowner.HasInode(seen.foreign, s.Inode) })
}

// judge says in which way the service is, or is not, to be reached.
func (w why) judge(r recorded, facts diag.ServiceFacts, seen lookout, foreign []diag.Holder) diag.Problem {
	listening := diag.ListeningFacts{
		Service: r.Name, PID: facts.PID, Port: r.Port, Addr: seen.addr.Addr(), Command: pasteable(r.Command),
	}
	waiting := func(how diag.Waiting) diag.Problem {
		f := diag.NotListeningFacts{ListeningFacts: listening, Waiting: how, Tried: facts.Tried}
		if p, err := portowner.Describe(facts.PID); err == nil {
			f.After = time.Since(p.Started)
		}
		if how == diag.WaitingNowhere && f.After < settled {
			f.Waiting = diag.WaitingStarting
		}
		return diag.NotListening(f)
	}
	switch {
	case seen.answers:
		return w.judgeAnswer(facts, waiting)
	case len(seen.foreign) > 0:
		return diag.PortForeign(diag.PortForeignFacts{
			Service: r.Name, Port: r.Port, Addr: seen.addr.Addr(), PID: facts.PID, Command: pasteable(r.Command),
			Holders: foreign, Elevate: elevate(), Now: facts.Now, Home: facts.Home,
		})
	case len(seen.own) > 0:
		listening.Found = portowner.LocalAddrs(seen.own)
		return diag.ListeningOneFamily(listening)
	case len(seen.all) > 0:
		listening.Found, listening.IgnoredPort = portowner.LocalAddrs(seen.all), true
		return diag.ListeningElsewhere(listening)
	}
	return waiting(diag.WaitingNowhere)
}

// judgeAnswer says what the last try of a service that listens means. One that
// does not speak HTTP is well: its devrun has no more than a port for it.
func (w why) judgeAnswer(facts diag.ServiceFacts, waiting func(diag.Waiting) diag.Problem) diag.Problem {
	last := facts.Tried[len(facts.Tried)-1]
	connected := last.Path != ""
	switch {
	case last.Status >= serverError:
		return diag.ErrorAnswer(facts)
	case connected && last.Outcome == tries.Timeout:
		return waiting(diag.WaitingSilent)
	case !connected && last.Full():
		return waiting(diag.WaitingFull)
	case !connected && last.Outcome != tries.Connected:
		facts.Rules = ruleListing(last.Addr.Addr())
		return diag.ServiceBlocked(facts)
	}
	return diag.ServiceWell(facts)
}

// pasteable is a recorded command, or none where a secret in it was masked.
func pasteable(command []string) []string {
	if slices.ContainsFunc(command, func(word string) bool { return strings.Contains(word, "***") }) {
		return nil
	}
	return command
}
