package launcher

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/tries"
)

const (
	connectTime = time.Second     // that a listener has to let a connection in
	answerTime  = 2 * time.Second // that a server has to answer a GET
	maxTried    = 4               // listeners of a port that are tried
)

// WhyOptions is a question for Why.
type WhyOptions struct {
	Target   string
	Project  Project // where the question is asked: it decides between services of one name
	StateDir string
}

// WhyAnswer is what Why has found out. The shape of its JSON only ever grows.
type WhyAnswer struct {
	Target  string             `json:"target"`
	Kind    string             `json:"kind"`            // "port", "range" or "service"
	Port    int                `json:"port,omitempty"`  // of a port or a service
	Status  int                `json:"status"`          // the exit status
	Free    bool               `json:"free"`            // the port, or every port of the range
	Problem *diag.Problem      `json:"problem"`         // nil where all is well
	Holders []diag.Holder      `json:"holders"`         // of the port
	Tried   []diag.Answer      `json:"tried"`           // what came of tries to reach a listener
	Ports   []diag.PortHolders `json:"ports,omitempty"` // of a range: those that somebody has
	Service *ServiceFinding    `json:"service,omitempty"`

	Shown diag.Problem `json:"-"` // as people read it; the problem, where there is one
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

// Why tells who has a port, or why a service does not answer, without starting
// anything. A question that has no answer is a *WhyError.
func Why(ctx context.Context, opts WhyOptions) (WhyAnswer, error) {
	target, err := parseWhy(ctx, opts.Target)
	if err != nil {
		return WhyAnswer{}, err
	}
	w := why{opts: opts, target: target}
	if _, err := os.Stat(opts.StateDir); !errors.Is(err, fs.ErrNotExist) {
		// What cannot be read is not known of: it is all the same a port or not.
		w.memory, _ = openMemory(opts.StateDir)
	}
	w.onlooker = w.memory.onlooker()
	var f WhyAnswer
	switch {
	case target.service != "":
		f, err = w.service(ctx)
	case target.port == 0:
		f, err = w.portRange()
	default:
		f, err = w.port(ctx)
	}
	if err != nil {
		return WhyAnswer{}, err
	}
	f.Target = opts.Target
	// Programs read lists, also where there is nothing in them.
	if f.Holders == nil {
		f.Holders = []diag.Holder{}
	}
	if f.Tried == nil {
		f.Tried = []diag.Answer{}
	}
	f.Shown.Asked(target.text)
	f.Status = f.Shown.Status
	if f.Shown.Code != "" {
		f.Problem = &f.Shown
	}
	return f, nil
}

// why is one question on its way to an answer.
type why struct {
	opts     WhyOptions
	target   whyTarget
	memory   memory
	onlooker *onlooker
}

// port answers for one port. Where no socket is in the way a trial reservation
// has the last word: it cannot be fooled, and takes a few microseconds.
func (w why) port(ctx context.Context) (WhyAnswer, error) {
	owners, err := portowner.Lookup(w.target.port)
	if err != nil {
		return WhyAnswer{}, err
	}
	f := WhyAnswer{Kind: "port", Port: w.target.port, Holders: w.onlooker.holders(owners, nil)}
	facts := diag.PortInUseFacts{
		Port: w.target.port, Addr: w.target.host, Now: time.Now(), Home: home(), Elevate: elevate(),
	}
	if !slices.ContainsFunc(f.Holders, occupies) {
		reservation, err := port.Reserve(w.target.port)
		var taken *port.TakenError
		switch {
		case err == nil:
			f.Free = true
			f.Shown = diag.PortFree(diag.PortFreeFacts{Port: w.target.port, Holders: f.Holders, Now: facts.Now, Home: facts.Home})
			return f, reservation.Close()
		case !errors.As(err, &taken):
			return WhyAnswer{}, err
		}
		refuse(&facts, taken)
		if taken.Locked {
			f.Holders = w.onlooker.taken(taken)
		}
	}
	f.Tried = w.tryListeners(ctx, owners)
	facts.Holders, facts.Tried = f.Holders, f.Tried
	f.Shown = diag.PortInUse(facts)
	return f, nil
}

// occupies reports whether a holder keeps devrun from having the port. What the
// kernel is closing need not.
func occupies(h diag.Holder) bool {
	return h.State != diag.StateTimeWait && h.State != diag.StateClosing
}

// tryListeners connects to those that listen, and asks for the target's page.
func (w why) tryListeners(ctx context.Context, owners []portowner.Owner) []diag.Answer {
	var addrs []netip.AddrPort
	for _, owner := range owners {
		if owner.Socket.State != portowner.Listen {
			continue
		}
		addr := owner.Socket.DialAddr()
		if host := w.target.host; host.IsValid() && owner.Socket.Serves(host) && !host.IsUnspecified() {
			addr = netip.AddrPortFrom(host, addr.Port())
		}
		if !slices.Contains(addrs, addr) && len(addrs) < maxTried {
			addrs = append(addrs, addr)
		}
	}
	var tried []diag.Answer
	for _, addr := range addrs {
		tried = append(tried, try(ctx, addr, w.target.path)...)
	}
	return tried
}

// try connects to a listener and, with a path, sends it a GET. A GET that is
// not answered comes behind the connection that was.
func try(ctx context.Context, addr netip.AddrPort, path string) []diag.Answer {
	once := func(check ready.Check, limit time.Duration) diag.Answer {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		a := ready.Once(ctx, addr, check)
		return diag.Answer{Addr: addr, Path: check.Path, Outcome: a.Outcome, Status: a.Status, Took: a.Took}
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
	if page.Status == 0 {
		return []diag.Answer{connection, page}
	}
	return []diag.Answer{page}
}

// queue tells how many connections wait for the server at addr, and how many
// may; 0 where the system does not tell.
func queue(addr netip.AddrPort) (queued, backlog int) {
	listening, err := portowner.ListenersAt(addr)
	if err != nil || len(listening) == 0 {
		return 0, 0
	}
	return listening[0].Queued, listening[0].Backlog
}

// portRange lists who has which port of a range. Ports that the kernel alone
// keeps for a while are not counted: nobody has them.
func (w why) portRange() (WhyAnswer, error) {
	within := w.target.within
	owners, err := portowner.LookupRange(within.First, within.Last)
	if err != nil {
		return WhyAnswer{}, err
	}
	f := WhyAnswer{Kind: "range"}
	for start, end := 0, 0; start < len(owners); start = end {
		number := owners[start].Socket.Local.Port()
		for end = start; end < len(owners) && owners[end].Socket.Local.Port() == number; end++ {
		}
		holders := w.onlooker.holders(owners[start:end], nil)
		if slices.ContainsFunc(holders, occupies) {
			f.Ports = append(f.Ports, diag.PortHolders{Port: int(number), Holders: holders})
		}
	}
	f.Free = len(f.Ports) == 0
	f.Shown = diag.PortsInUse(diag.PortsInUseFacts{
		Range: within.String(), Count: within.Len(), Ports: f.Ports, Elevate: elevate(), Now: time.Now(), Home: home(),
	})
	return f, nil
}
