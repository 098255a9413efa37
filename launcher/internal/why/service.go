package why

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
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/tries"
)

// settled is the age up to which a service that listens nowhere may still be
// starting.
const settled = 10 * time.Second

// serverError is the first status that counts as an error of the page at /: many
// services have no page there.
const serverError = 500

// recorded is a service in the record of a run.
type recorded struct {
	run runs.Record
	runs.Service
}

// named returns "shop/api", or the name alone without a project.
func (r recorded) named() string {
	if r.run.Project == "" {
		return r.Name
	}
	return r.run.Project + "/" + r.Name
}

// find returns the services called name in records, without those of smoke runs,
// which end before anybody can look at them.
func find(records []runs.Record, name string) []recorded {
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

// service answers for a service that a devrun of this user runs or has run.
func (q question) service(ctx context.Context) (Answer, error) {
	name := q.target.service
	found := find(q.onlooker.Live, name)
	if len(found) > 1 {
		here := slices.DeleteFunc(slices.Clone(found), func(r recorded) bool { return r.run.Dir != q.opts.Project.Dir })
		if len(here) != 1 {
			return Answer{}, ambiguous(name, found)
		}
		found = here
	}
	if len(found) == 1 {
		return q.live(ctx, found[0])
	}
	if dead := find(q.onlooker.Dead, name); len(dead) > 0 {
		return q.gone(dead[len(dead)-1])
	}
	own := strings.TrimPrefix(name, q.opts.Project.Name+"/")
	configured := slices.Contains(q.opts.Services, own)
	if a, known, err := q.memory.Assignment(q.opts.Project.Dir, own); known && err == nil || configured {
		f := diag.ServiceFacts{Run: diag.Run{Project: q.opts.Project.Name, Service: own}, Port: a.Port, Configured: configured}
		return Answer{Kind: "service", Port: a.Port, Shown: diag.NotRunning(f)}, nil
	}
	return Answer{}, q.unknown(name)
}

// ambiguous names the services that a name may mean.
func ambiguous(name string, found []recorded) error {
	e := &QuestionError{Message: fmt.Sprintf("%d running services are called %q", len(found), name)}
	for i, r := range found {
		text := r.named()
		if i > 0 && text == found[i-1].named() || len(find([]runs.Record{found[0].run}, text)) > 0 && i > 0 {
			text = strconv.Itoa(r.Port()) // one name in one project: the port tells them apart
		}
		e.Message += ", " + text
		e.Try = "devrun why " + text
	}
	return e
}

// unknown explains a name that no service has, with the nearest that one has.
func (q question) unknown(name string) error {
	names := slices.Clone(q.opts.Services)
	for _, rec := range q.onlooker.Live {
		for _, s := range rec.Services {
			names = append(names, s.Name, recorded{rec, s}.named())
		}
	}
	e := &QuestionError{Message: fmt.Sprintf("no service is called %q", name), Try: "devrun why 3000"}
	switch near := words.Nearest(name, names); {
	case near != "":
		e.Message += "; the nearest is " + near
		e.Try = "devrun why " + near
	case len(q.onlooker.Live) == 0:
		e.Message += ", and no devrun of this user runs one now"
	}
	return e
}

// gone answers for a service whose devrun was killed.
func (q question) gone(r recorded) (Answer, error) {
	f := Answer{Kind: "service", Port: r.Port(), Service: r.finding()}
	f.Service.DevrunPID, f.Service.PID = 0, 0
	facts := r.facts()
	facts.Gone, facts.PID = true, 0
	members, err := process.Recorded(r.PID, r.StartTicks, r.marks())
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return Answer{}, err
	}
	f.Service.add(members)
	for _, m := range members {
		facts.Left = append(facts.Left, fmt.Sprintf("%s (pid %d)", m.Name, m.PID))
	}
	f.Shown = diag.NotRunning(facts)
	return f, nil
}

func (r recorded) marks() []string {
	return runs.Marks(r.run.ID, r.Name)
}

func (r recorded) finding() *ServiceFinding {
	return &ServiceFinding{
		Project: r.run.Project, Name: r.Name, URL: r.URL(), Dir: r.Dir, Command: r.Command, DevrunPID: r.run.PID,
		Processes: []ProcessFinding{}, Listening: []netip.AddrPort{},
	}
}

func (r recorded) facts() diag.ServiceFacts {
	return diag.ServiceFacts{
		Run: diag.Run{Project: r.run.Project, Service: r.Name, URL: r.URL(), PID: r.run.PID},
		PID: r.PID, Started: r.run.Started, Dir: r.run.Dir, Port: r.Port(), Now: time.Now(), Home: diag.Home(),
	}
}

func (f *ServiceFinding) add(members []process.Member) {
	for _, m := range members {
		f.Processes = append(f.Processes, ProcessFinding{PID: m.PID, Name: m.Name})
	}
}

// live answers for a service whose devrun runs.
func (q question) live(ctx context.Context, r recorded) (Answer, error) {
	f := Answer{Kind: "service", Port: r.Port(), Service: r.finding()}
	members, err := process.Recorded(r.PID, r.StartTicks, r.marks())
	if err != nil {
		return Answer{}, fmt.Errorf("look at the processes of %s: %w", r.named(), err)
	}
	f.Service.add(members)
	facts := r.facts()
	if facts.PID = 0; r.Current() {
		facts.PID = r.PID
	} else if len(members) > 0 {
		facts.PID = members[0].PID // its command has ended and left a server
	}
	f.Service.PID = facts.PID
	switch {
	case len(members) == 0:
		f.Shown = diag.NotRunning(facts)
		return f, nil
	case r.Port() == 0: // a worker, or one that waits for its port
		f.Shown = diag.ServiceWell(facts)
		return f, nil
	}
	seen, err := lookAt(r, members)
	if err != nil {
		return Answer{}, err
	}
	for _, socket := range seen.all {
		f.Service.Listening = append(f.Service.Listening, socket.Local)
	}
	if seen.addr != r.Addr {
		f.Service.URL = runs.Place{Addr: seen.addr}.URL()
		facts.URL = f.Service.URL
	}
	facts.Found = portowner.LocalAddrs(seen.own)
	if seen.relayed {
		facts.Found = portowner.LocalAddrs(seen.all)
	}
	if seen.answers {
		f.Tried = try(ctx, seen.addr, "/")
		facts.Tried = f.Tried
	}
	if slices.ContainsFunc(f.Tried, func(a diag.Answer) bool { return a.TLS }) && r.Scheme == "" {
		f.Service.URL = runs.Place{Addr: seen.addr, Scheme: "https"}.URL()
		facts.URL = f.Service.URL
	}
	if len(seen.foreign) > 0 {
		f.Holders = q.foreign(r, seen)
	}
	f.Shown = q.judge(r, facts, seen, f.Holders)
	return f, nil
}

// listened is what became of the process that listened when the service was ready.
func (r recorded) listened(now time.Time) diag.Listened {
	l := diag.Listened{Process: r.Listener.String(), PID: r.Listener.PID, Ended: true}
	if !r.Listener.Ended.IsZero() {
		l.Ago = now.Sub(r.Listener.Ended)
	} else if ticks, err := process.StartTicks(l.PID); err == nil {
		l.Ended = ticks != r.Listener.StartTicks // another process has its pid
	}
	return l
}

// lookout is where a service of another devrun listens, and who else listens there.
type lookout struct {
	addr    netip.AddrPort     // where it should be reached
	all     []portowner.Socket // its own
	own     []portowner.Socket // those of all on its port
	foreign []portowner.Socket // of others, that would answer at addr
	answers bool               // one of own, or the relay to all, is reached at addr
	relayed bool               // devrun listens there and passes connections on
	unix    []string           // the paths of its unix sockets that listen
}

// lookAt looks at the kernel's table for the listeners of a service's tree.
func lookAt(r recorded, members []process.Member) (lookout, error) {
	seen, sibling := lookout{addr: r.Addr}, false
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
	seen.unix = portowner.UnixPaths(open)
	relay, err := portowner.OpenBy([]int{r.run.PID}) // with --adopt
	if err != nil {
		return seen, err
	}
	other := address.OtherFamily(r.Addr.Addr())
	engine := framework.StartsContainers(r.Command)
	for _, socket := range listening {
		_, own := open[socket.Inode]
		own = own || engine && int(socket.Local.Port()) == r.Port()
		here, reached := int(socket.Local.Port()) == r.Port(), socket.Serves(seen.addr.Addr())
		switch {
		case own && here:
			seen.own = append(seen.own, socket)
			seen.answers = seen.answers || reached
			sibling = sibling || other.IsValid() && socket.Serves(other)
		case here && relay[socket.Inode] != 0:
			seen.relayed = true
		case here && reached:
			seen.foreign = append(seen.foreign, socket)
		}
		if own {
			seen.all = append(seen.all, socket)
		}
	}
	if seen.relayed {
		seen.answers = len(seen.all) > 0
		return seen, nil
	}
	if sibling && !seen.answers && len(seen.foreign) == 0 { // localhost is one place
		seen.addr, seen.answers = netip.AddrPortFrom(other, uint16(r.Port())), true
	}
	return seen, nil
}

// foreign describes the other processes that listen on the service's port.
func (q question) foreign(r recorded, seen lookout) []diag.Holder {
	owners, err := portowner.Lookup(r.Port())
	if err != nil {
		return nil
	}
	return q.onlooker.Of(owners, func(s portowner.Socket) bool { return portowner.HasInode(seen.foreign, s.Inode) })
}

// judge returns whether and how the service can be reached.
func (q question) judge(r recorded, facts diag.ServiceFacts, seen lookout, foreign []diag.Holder) diag.Problem {
	listening := diag.ListeningFacts{
		Service: r.Name, PID: facts.PID, Port: r.Port(), Addr: seen.addr.Addr(), Command: pasteable(r.Command),
		Passed: framework.Pass(pasteable(r.Command), r.Dir), Unhidden: framework.Unhide(pasteable(r.Command), r.Dir),
	}
	waiting := func(how diag.Waiting) diag.Problem {
		f := diag.NotListeningFacts{ListeningFacts: listening, Waiting: how, Tried: facts.Tried, Unix: seen.unix, Listened: r.listened(facts.Now)}
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
		return q.judgeAnswer(facts, waiting)
	case len(seen.foreign) > 0:
		return diag.PortForeign(diag.PortForeignFacts{
			Service: r.Name, Port: r.Port(), Addr: seen.addr.Addr(), PID: facts.PID, Command: pasteable(r.Command),
			Holders: foreign, Elevate: diag.Elevate(), Now: facts.Now, Home: facts.Home,
		})
	case len(seen.own) > 0:
		listening.Found = portowner.LocalAddrs(seen.own)
		return diag.ListeningOneFamily(listening)
	case len(seen.all) > 0:
		listening.Found, listening.IgnoredPort = portowner.LocalAddrs(seen.all), true
		return diag.ListeningElsewhere(listening)
	}
	switch {
	case len(seen.unix) > 0:
		return waiting(diag.WaitingUnix)
	case r.Listener.PID != 0:
		return waiting(diag.WaitingLost)
	}
	return waiting(diag.WaitingNowhere)
}

// judgeAnswer returns the meaning of the last try of a service that listens. A
// service that does not speak HTTP is healthy.
func (q question) judgeAnswer(facts diag.ServiceFacts, waiting func(diag.Waiting) diag.Problem) diag.Problem {
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
		facts.Rules = holders.RuleListing(last.Addr.Addr())
		return diag.ServiceBlocked(facts)
	}
	return diag.ServiceWell(facts)
}

// pasteable returns a recorded command, or none where a secret in it was masked.
func pasteable(command []string) []string {
	if slices.ContainsFunc(command, func(word string) bool { return strings.Contains(word, "***") }) {
		return nil
	}
	return command
}
