// Package why finds out who has a port, and why a service does not answer. It
// starts nothing.
package why

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/tries"
)

const (
	connectTime = time.Second     // that a listener has to let a connection in
	answerTime  = 2 * time.Second // that a server has to answer a GET
	maxTried    = 4               // listeners of a port that are tried
)

// Options is a question for Ask.
type Options struct {
	Target   string
	Project  address.Project // of the folder where it is asked: preferred among services of one name
	StateDir string
	Services []string // of the project's file
}

// Answer is what Ask has found out. The shape of its JSON only ever grows.
type Answer struct {
	Target  string             `json:"target"`
	Kind    string             `json:"kind"`            // "port", "range" or "service"
	Port    int                `json:"port,omitempty"`  // of a port or a service
	Status  int                `json:"status"`          // the exit status
	Free    bool               `json:"free"`            // the port, or every port of the range
	Problem *diag.Problem      `json:"problem"`         // nil where all is well
	Holders []diag.Holder      `json:"holders"`         // of the port
	Tried   []diag.Answer      `json:"tried"`           // how tries to reach a listener went
	Ports   []diag.PortHolders `json:"ports,omitempty"` // of a range: those that somebody has
	Service *ServiceFinding    `json:"service,omitempty"`

	Shown diag.Problem `json:"-"` // for people; the problem, where there is one
}

// ServiceFinding is a service as its devrun has recorded it and as it is now.
type ServiceFinding struct {
	Project   string           `json:"project"`
	Name      string           `json:"name"`
	URL       string           `json:"url"`
	Dir       string           `json:"dir"`
	Command   []string         `json:"command"`
	DevrunPID int              `json:"devrun_pid"` // 0: no devrun runs it
	PID       int              `json:"pid"`        // its main process; 0: it has ended
	Processes []ProcessFinding `json:"processes"`  // its whole tree
	Listening []netip.AddrPort `json:"listening"`  // where these listen
}

// ProcessFinding is one process of a service's tree.
type ProcessFinding struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

// Ask finds out who has a port, or why a service does not answer. Its error is a
// *QuestionError for a question that has no answer.
func Ask(ctx context.Context, opts Options) (Answer, error) {
	target, err := parseTarget(ctx, opts.Target)
	if err != nil {
		return Answer{}, err
	}
	q := question{opts: opts, target: target}
	q.memory, _ = runs.Peek(opts.StateDir) // without state only the names of runs are missing
	q.onlooker = holders.New(q.memory.Runs)
	var f Answer
	switch {
	case target.service != "":
		f, err = q.service(ctx)
	case target.port == 0:
		f, err = q.portRange()
	default:
		f, err = q.port(ctx)
	}
	if err != nil {
		return Answer{}, err
	}
	f.Target = opts.Target
	// JSON shows empty lists, not null.
	f.Holders, f.Tried = append([]diag.Holder{}, f.Holders...), append([]diag.Answer{}, f.Tried...)
	f.Shown.Asked(target.text)
	f.Status = f.Shown.Status
	if f.Shown.Code != "" {
		f.Problem = &f.Shown
	}
	return f, nil
}

// question is one question on its way to an answer.
type question struct {
	opts     Options
	target   target
	memory   runs.Memory
	onlooker *holders.Onlooker
}

// port answers for one port. Where no socket is in the way, a trial reservation
// decides: it cannot be wrong, and takes a few microseconds.
func (q question) port(ctx context.Context) (Answer, error) {
	owners, err := portowner.Lookup(q.target.port)
	if err != nil {
		return Answer{}, err
	}
	f := Answer{Kind: "port", Port: q.target.port, Holders: q.onlooker.Of(owners, nil)}
	facts := diag.PortInUseFacts{
		Port: q.target.port, Addr: q.target.host, Now: time.Now(), Home: diag.Home(), Elevate: diag.Elevate(),
	}
	if !slices.ContainsFunc(f.Holders, occupies) {
		reservation, err := port.Reserve(q.target.port)
		var taken *port.TakenError
		switch {
		case err == nil:
			f.Free = true
			f.Shown = diag.PortFree(diag.PortFreeFacts{Port: q.target.port, Holders: f.Holders, Now: facts.Now, Home: facts.Home})
			return f, reservation.Close()
		case !errors.As(err, &taken):
			return Answer{}, err
		}
		holders.Refused(&facts, taken)
		if taken.Locked {
			f.Holders = q.onlooker.Taken(taken)
		}
	}
	f.Tried = q.tryListeners(ctx, owners)
	facts.Holders, facts.Tried = f.Holders, f.Tried
	f.Shown = diag.PortInUse(facts)
	return f, nil
}

// occupies reports whether a holder keeps devrun from reserving the port. A
// connection that the kernel is closing need not.
func occupies(h diag.Holder) bool {
	return h.State != diag.StateTimeWait && h.State != diag.StateClosing
}

// tryListeners connects to the listeners, and requests the target's page.
func (q question) tryListeners(ctx context.Context, owners []portowner.Owner) []diag.Answer {
	var addrs []netip.AddrPort
	for _, owner := range owners {
		if owner.Socket.State != portowner.Listen {
			continue
		}
		addr := owner.Socket.DialAddr()
		if host := q.target.host; host.IsValid() && owner.Socket.Serves(host) && !host.IsUnspecified() {
			addr = netip.AddrPortFrom(host, addr.Port())
		}
		if !slices.Contains(addrs, addr) && len(addrs) < maxTried {
			addrs = append(addrs, addr)
		}
	}
	var tried []diag.Answer
	for _, addr := range addrs {
		tried = append(tried, try(ctx, addr, q.target.path)...)
	}
	return tried
}

// try connects to a listener and, with a path, sends it a GET, over TLS if it speaks
// that. A GET without an answer is returned after the connection that worked.
func try(ctx context.Context, addr netip.AddrPort, path string) []diag.Answer {
	once := func(check ready.Check, limit time.Duration) diag.Answer {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		a := ready.Once(ctx, addr, check)
		return diag.Answer{Addr: addr, Path: check.Path, TLS: check.Kind == ready.HTTPS, Outcome: a.Outcome, Status: a.Status, Took: a.Took}
	}
	connection := once(ready.Check{Kind: ready.TCP}, connectTime)
	if connection.Outcome != tries.Connected {
		connection.Queued, connection.Backlog = queue(addr)
		return []diag.Answer{connection}
	}
	if path == "" {
		return []diag.Answer{connection}
	}
	page := once(ready.Check{Kind: ready.HTTP, Path: path}, answerTime)
	if page.Outcome == tries.TLS {
		page = once(ready.Check{Kind: ready.HTTPS, Path: path}, answerTime)
	}
	if page.Status == 0 {
		return []diag.Answer{connection, page}
	}
	return []diag.Answer{page}
}

// queue returns how many connections wait for the server at addr, and how many
// may; 0 where that is unknown.
func queue(addr netip.AddrPort) (queued, backlog int) {
	listening, err := portowner.ListenersAt(addr)
	if err != nil || len(listening) == 0 {
		return 0, 0
	}
	return listening[0].Queued, listening[0].Backlog
}

// portRange lists who has which port of a range, without ports that only the
// kernel keeps for a while.
func (q question) portRange() (Answer, error) {
	within := q.target.within
	owners, err := portowner.LookupRange(within.First, within.Last)
	if err != nil {
		return Answer{}, err
	}
	f := Answer{Kind: "range"}
	for start, end := 0, 0; start < len(owners); start = end {
		number := owners[start].Socket.Local.Port()
		for end = start; end < len(owners) && owners[end].Socket.Local.Port() == number; end++ {
		}
		found := q.onlooker.Of(owners[start:end], nil)
		if slices.ContainsFunc(found, occupies) {
			f.Ports = append(f.Ports, diag.PortHolders{Port: int(number), Holders: found})
		}
	}
	f.Free = len(f.Ports) == 0
	f.Shown = diag.PortsInUse(diag.PortsInUseFacts{
		Range: within.String(), Count: within.Len(), Ports: f.Ports, Elevate: diag.Elevate(), Now: time.Now(), Home: diag.Home(),
	})
	return f, nil
}
