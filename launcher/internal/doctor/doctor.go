// Package doctor checks this machine and a project for what keeps services from
// running well.
package doctor

import (
	"context"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/text"
)

// Options is the scope of Examine.
type Options struct {
	Project  address.Project
	StateDir string                // "" is none
	Range    port.Range            // of automatic ports; the zero value is the default
	Tools    []string              // programs that the config names
	Config   func() []diag.Finding // the findings about the config; may be nil
	Fix      bool                  // end the processes of crashed runs, and remove their records
}

const (
	checkLimit = 2 * time.Second
	fixLimit   = 10 * time.Second
	tryLimit   = time.Second // for one connection
)

// Examine checks this machine and the project. The checks run side by side, and
// their findings are returned in an order that is always the same. A check that
// takes too long is unknown. Without Fix nothing is changed; files that are
// written as a test are removed again.
func Examine(ctx context.Context, opts Options) []diag.Finding {
	d := newExaminer(opts)
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

	findings := make([]diag.Finding, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		// Ends with the check or at its limit.
		wg.Go(func() { findings[i] = c.bounded(ctx) })
	}
	wg.Wait()
	if opts.Config != nil {
		findings = slices.Insert(findings, len(findings)-1, opts.Config()...)
	}
	return findings
}

// examination is one look at one thing.
type examination struct {
	name  string
	limit time.Duration
	look  func(context.Context) diag.Finding
}

// bounded looks for no longer than the limit.
func (c examination) bounded(ctx context.Context) diag.Finding {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	found := make(chan diag.Finding, 1)
	// Ends with the check. Nothing can end one that hangs in the system, as on a
	// file system whose server is away.
	go func() { found <- c.look(ctx) }()
	f := diag.Finding{Status: diag.FindingUnknown, Text: "no answer within " + text.Span(c.limit)}
	select {
	case f = <-found:
	case <-ctx.Done():
		// The result of a check that ends with ctx is more exact.
		select {
		case f = <-found:
		case <-time.After(c.limit / 10):
		}
	}
	f.Check = c.name
	return f
}

// examiner holds the facts that several checks need.
type examiner struct {
	opts   Options
	system port.System
	sysErr error
}

func newExaminer(opts Options) *examiner {
	if opts.Range == (port.Range{}) {
		opts.Range = port.Dynamic()
	}
	d := &examiner{opts: opts}
	d.system, d.sysErr = port.ReadSystem()
	return d
}

func fine(text string) diag.Finding { return diag.Finding{Status: diag.FindingOK, Text: text} }

func warns(text string, remedies ...string) diag.Finding {
	return diag.Finding{Status: diag.FindingWarning, Text: text, Remedies: dropEmpty(remedies)}
}

func fails(text string, remedies ...string) diag.Finding {
	return diag.Finding{Status: diag.FindingProblem, Text: text, Remedies: dropEmpty(remedies)}
}

func unclear(text string, remedies ...string) diag.Finding {
	return diag.Finding{Status: diag.FindingUnknown, Text: text, Remedies: dropEmpty(remedies)}
}

// dropEmpty returns remedies without the empty ones.
func dropEmpty(remedies []string) []string {
	return slices.DeleteFunc(slices.Clone(remedies), func(remedy string) bool { return remedy == "" })
}

// with returns f with details.
func with(f diag.Finding, detail map[string]any) diag.Finding {
	f.Detail = detail
	return f
}
