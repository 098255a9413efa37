package diag

import (
	"fmt"

	"devrun/launcher/internal/text"
)

// CheckFacts are the facts about a failed check of a smoke run.
type CheckFacts struct {
	Check   string // "GET /healthz"
	Service string
	Exec    bool // it is a command
	Number  int  // from 1
	Of      int
}

// CheckFailed names the check that failed. The report of the smoke run shows what it
// expected and got.
func CheckFailed(f CheckFacts) Problem {
	p := Problem{Code: CodeCheckFailed, Status: statusCheck}
	name := f.Check
	if !f.Exec {
		name += " of " + called(f.Service)
	}
	p.Summary = "the check failed: " + name
	if f.Of > 1 {
		p.Summary = fmt.Sprintf("check %d of %d failed: %s", f.Number, f.Of, name)
	}
	p.know("check", f.Check, "service", f.Service, "number", f.Number, "of", f.Of)
	p.try(explain(CodeCheckFailed), "what it means, and how to retry")
	return p
}

// EndedInSmoke explains a service that ended after it was ready; during names the
// moment.
func EndedInSmoke(f EndedFacts, during string) Problem {
	p := f.problem(CodeExitedWhenReady)
	p.Status = statusSpoiled
	p.Summary = fmt.Sprintf("%s ended with %s %s", called(f.Service), f.how(), during)
	p.fact("after", text.Span(f.After), "during", during)
	f.explainStatus(&p)
	f.alone(&p)
	p.try(explain(CodeExitedWhenReady), "possible causes")
	return p
}
