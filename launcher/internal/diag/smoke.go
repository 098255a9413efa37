package diag

import (
	"fmt"

	"devrun/launcher/internal/text"
)

// CheckFacts is what is known about a check of a smoke run that failed.
type CheckFacts struct {
	Check   string // "GET /healthz"
	Service string
	Exec    bool // it is a command
	Number  int  // from 1
	Of      int
}

// CheckFailed says which check failed. What it expected and got stands beside.
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
	p.know("check", f.Check)
	p.know("service", f.Service)
	p.know("number", f.Number)
	p.know("of", f.Of)
	p.try(explain(CodeCheckFailed), "what it means, and how to have it tried again")
	return p
}

// EndedInSmoke says how a service ended that was ready; during says when.
func EndedInSmoke(f EndedFacts, during string) Problem {
	p := f.problem(CodeExitedWhenReady)
	p.Status = statusSpoiled
	p.Summary = fmt.Sprintf("%s ended with %s %s", called(f.Service), f.how(), during)
	p.know("during", during)
	p.fact("after", text.Span(f.After))
	f.explainStatus(&p)
	f.alone(&p)
	return p
}
