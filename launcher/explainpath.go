package launcher

import (
	"os"
	"path/filepath"

	"devrun/launcher/internal/diag"
)

// PathVerdict says whether a change of a path restarts a service, and why.
type PathVerdict struct {
	Path    string `json:"path"` // absolute
	Watched bool   `json:"watched"`
	Source  string `json:"source,omitempty"`  // kind of the rule: git, ignore-file, ignore-glob, not-included, builtin, own, named, outside, not-watching; empty: no rule speaks of it
	Rule    string `json:"rule,omitempty"`    // as it is written
	File    string `json:"file,omitempty"`    // where the rule stands
	Line    int    `json:"line,omitempty"`    // in File, from 1
	Matched string `json:"matched,omitempty"` // what the rule matched: the path, or a folder above it
	Reason  string `json:"reason"`            // in words
}

// ExplainPath answers for the first service, without running it. A relative path
// is below the working folder dir.
func (r *Run) ExplainPath(dir, path string) PathVerdict { return r.services[0].explainPath(dir, path) }

func (s *Supervisor) explainPath(dir, path string) PathVerdict {
	path = absoluteIn(dir, path)
	if s.watcher == nil {
		return PathVerdict{Path: path, Source: "not-watching", Reason: s.whyUnwatched()}
	}
	d := s.watcher.Explain(path)
	v := PathVerdict{
		Path: path, Watched: !d.Ignored, Source: string(d.Source), Rule: d.Rule, File: d.File, Line: d.Line, Reason: because(d),
	}
	if d.Path != path {
		v.Matched = d.Path
		if rel, err := filepath.Rel(s.watcher.Root(), d.Path); err == nil {
			v.Reason += ", matches " + rel + string(os.PathSeparator)
		}
	}
	return v
}

func (s *Supervisor) whyUnwatched() string {
	if s.unwatched != "" {
		return "nothing is watched in " + diag.ShortenPath(s.unwatched, diag.Home())
	}
	return "watching is off"
}
