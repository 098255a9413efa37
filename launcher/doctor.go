package launcher

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/text"
)

// Finding is the result of one check.
type Finding = diag.Finding

// DoctorOptions says what Doctor looks at.
type DoctorOptions struct {
	Project  Project
	StateDir string           // "" is none
	Range    port.Range       // of automatic ports; the zero value is the default
	Tools    []string         // programs that the config names
	Config   func() []Finding // what the config's own checks found; nil has none
	Fix      bool             // end what crashed runs have left, and remove their records
}

const (
	checkLimit = 2 * time.Second
	fixLimit   = 10 * time.Second
	tryLimit   = time.Second // for one connection
)

// Doctor checks this machine and the project. The checks run side by side, and
// their findings stand in an order that is always the same; one that takes too
// long is unknown. Nothing is changed without Fix; files that are written to
// see whether they can be are gone afterwards.
func Doctor(ctx context.Context, opts DoctorOptions) []Finding {
	d := newDoctor(opts)
	checks := []examination{
		{"localhost", checkLimit, d.localhost},
		{"loopback-ipv4", checkLimit, d.loopbackIPv4},
		{"loopback-ipv6", checkLimit, d.loopbackIPv6},
		{"ports", checkLimit, d.ports},
		{"inotify", checkLimit, d.inotify},
		{"file-system", checkLimit, d.fileSystem},
		{"watching", checkLimit, d.watching},
		{"file-times", checkLimit, d.fileTimes},
		{"state-folder", checkLimit, d.stateFolder},
		{"open-files", checkLimit, d.openFiles},
	}
	if len(opts.Tools) > 0 {
		checks = append(checks, examination{"tools", checkLimit, d.tools})
	}
	last := examination{"leftovers", checkLimit, d.leftovers}
	if opts.Fix {
		last.limit = fixLimit
	}
	checks = append(checks, last)

	findings := make([]Finding, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		// Ends with the check or at its limit.
		wg.Go(func() { findings[i] = c.bounded(ctx) })
	}
	wg.Wait()
	if opts.Config == nil {
		return findings
	}
	at := len(findings) - 1
	return append(append(findings[:at:at], opts.Config()...), findings[at:]...)
}

// examination is one look at one thing.
type examination struct {
	name  string
	limit time.Duration
	look  func(context.Context) Finding
}

// bounded looks for no longer than the limit.
func (c examination) bounded(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	found := make(chan Finding, 1)
	// Ends with the check. One that hangs in the system, as in a file system
	// whose server is away, is left behind: nothing can end it.
	go func() { found <- c.look(ctx) }()
	f := Finding{Status: diag.FindingUnknown, Text: "no answer within " + text.Span(c.limit)}
	select {
	case f = <-found:
	case <-ctx.Done():
		// A check that ends with ctx itself says more.
		select {
		case f = <-found:
		case <-time.After(c.limit / 10):
		}
	}
	f.Check = c.name
	return f
}

// doctor holds what several checks need.
type doctor struct {
	opts    DoctorOptions
	system  port.System
	sysErr  error
	tryIPv4 func() loopbackTry
	tryIPv6 func() loopbackTry
}

// loopbackTry is how a connection of this process to itself went.
type loopbackTry struct {
	connected machine.Connected
	err       error
}

// noAddress reports whether this machine does not have the family at all.
func (t loopbackTry) noAddress() bool {
	var failed *machine.LoopbackError
	return errors.As(t.err, &failed) && failed.NoAddress()
}

func newDoctor(opts DoctorOptions) *doctor {
	if opts.Range == (port.Range{}) {
		opts.Range = port.Dynamic()
	}
	d := &doctor{opts: opts}
	d.system, d.sysErr = port.ReadSystem()
	d.tryIPv4 = sync.OnceValue(func() loopbackTry { return d.try(netip.AddrFrom4([4]byte{127, 0, 0, 1})) })
	d.tryIPv6 = sync.OnceValue(func() loopbackTry { return d.try(netip.IPv6Loopback()) })
	return d
}

func fine(text string) Finding { return Finding{Status: diag.FindingOK, Text: text} }

func warns(text string, remedies ...string) Finding {
	return Finding{Status: diag.FindingWarning, Text: text, Remedies: some(remedies)}
}

func fails(text string, remedies ...string) Finding {
	return Finding{Status: diag.FindingProblem, Text: text, Remedies: some(remedies)}
}

func unclear(text string, remedies ...string) Finding {
	return Finding{Status: diag.FindingUnknown, Text: text, Remedies: some(remedies)}
}

// some drops remedies that there are not.
func some(remedies []string) []string {
	var list []string
	for _, remedy := range remedies {
		if remedy != "" {
			list = append(list, remedy)
		}
	}
	return list
}

// with adds details.
func with(f Finding, detail map[string]any) Finding {
	f.Detail = detail
	return f
}
