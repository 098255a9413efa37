package diag

import (
	"fmt"
	"path/filepath"
	"strings"
)

// WatchLimitFacts are the facts about a limit of the system's file watching.
type WatchLimitFacts struct {
	What  string // "watches", "watchers"
	Limit int
	Raise string // the command that raises the limit
	Err   error
}

// WatchLimit warns that not every folder can be watched.
func WatchLimit(f WatchLimitFacts) Problem {
	p := Problem{Code: CodeWatchLimit, Err: f.Err}
	p.Summary = "the system allows no more file " + f.What
	p.know("what", f.What, "limit", f.Limit)
	if f.Limit > 0 {
		p.fact("limit", fmt.Sprintf("%d for all programs of this user", f.Limit))
	}
	p.fact("so", "the rest is polled; changes there show up later")
	p.try(line(f.Raise), "raise the limit until the next reboot")
	p.try(devrun("doctor"), "show the limits and what uses them")
	return p
}

// WatchBlindFacts are the facts about a folder whose changes are not reported.
type WatchBlindFacts struct {
	Dir        string
	FileSystem string // "nfs", "9p"; empty: unknown
	Command    []string
	Service    string
	Home       string
	Err        error
}

// WatchBlind warns that the system does not report changes below a folder.
func WatchBlind(f WatchBlindFacts) Problem {
	p := Problem{Code: CodeWatchBlind, Err: f.Err}
	p.Summary = "the system does not report changes below " + ShortenPath(f.Dir, f.Home)
	p.know("dir", f.Dir, "file_system", f.FileSystem, "polled", true)
	because := "unknown: the type of its file system is not known"
	if f.FileSystem != "" {
		because = "it is on " + f.FileSystem + ", where changes by other machines are not reported"
	}
	p.fact("because", because)
	p.fact("so", "devrun polls its files; changes show up later")
	p.try(restart(f.Service), "restart by hand after a change")
	p.try(rerun(f.Command, f.Service, toggle("no-watch")), "run without watching")
	p.try(devrun("doctor"), "show which folders are on which file system")
	return p
}

// RestartLoopFacts are the facts about a service that changes its own files.
type RestartLoopFacts struct {
	Service string
	Files   []string // relative to the project, the most frequent first
	Rounds  int
	Patient bool // devrun restarts for them again once the service is ready
	Command []string
}

// RestartLoop names the files that change at each start of a service.
func RestartLoop(f RestartLoopFacts) Problem {
	p := Problem{Code: CodeRestartLoop}
	p.Summary = called(f.Service) + " changes files that restart it"
	if f.Patient {
		p.Summary = called(f.Service) + " is restarted for changed files before it is ready"
	}
	p.know("service", f.Service, "files", f.Files, "rounds", f.Rounds)
	label := "writes"
	if f.Patient {
		label = "changed"
	}
	p.facts(label, f.Files)
	if f.Rounds > 0 {
		p.fact("seen", fmt.Sprintf("in %d starts in a row", f.Rounds))
	}
	so := "devrun no longer restarts for them"
	if f.Patient {
		so = "devrun restarts it again only after it was ready"
	}
	p.fact("so", so)
	for _, file := range f.Files {
		glob := filepath.ToSlash(file)
		if folder, _, ok := strings.Cut(glob, "/"); ok && len(f.Files) > 1 {
			glob = folder + "/**"
		}
		p.try(rerun(f.Command, f.Service, ignore(glob)), "ignore what it writes")
	}
	p.try(explain(CodeRestartLoop), "how devrun detects such files")
	return p
}
