package diag

import (
	"fmt"
	"path/filepath"
	"strings"
)

// WatchLimitFacts is what is known about a limit of the system's file watching.
type WatchLimitFacts struct {
	What    string // "watches", "instances"
	Limit   int
	Need    int    // 0: unknown
	Folders int    // folders that are looked at in turn instead
	Raise   string // the line that raises the limit
	Largest string // the folder with the most folders below it; empty: unknown
	Command []string
	Service string
	Err     error
}

// WatchLimit warns that not every folder can be watched.
func WatchLimit(f WatchLimitFacts) Problem {
	p := Problem{Code: CodeWatchLimit, Err: f.Err}
	p.Summary = "the system allows no more file " + f.What
	p.know("what", f.What)
	p.know("limit", f.Limit)
	p.know("need", f.Need)
	p.know("folders", f.Folders)
	p.know("largest", f.Largest)
	if f.Limit > 0 {
		text := fmt.Sprintf("%d for all programs of this user", f.Limit)
		if f.Need > 0 {
			text += fmt.Sprintf("; this project needs %d", f.Need)
		}
		p.fact("limit", text)
	}
	rest := "the rest is"
	if f.Folders > 0 {
		rest = plural(f.Folders, "folder is", "folders are")
	}
	p.fact("so", rest+" looked at in turn; changes there are seen later")
	p.try(line(f.Raise), "raise the limit until the next start of the machine")
	if f.Largest != "" {
		p.try(rerun(f.Command, f.Service, ignore(filepath.ToSlash(f.Largest)+"/**")), "leave out the largest folder")
	}
	p.try(devrun("doctor"), "see the limits and what uses them")
	return p
}

// WatchBlindFacts is what is known about folders whose changes are not reported.
type WatchBlindFacts struct {
	Dir        string
	FileSystem string // "nfs", "9p"; empty: unknown
	Polled     bool   // devrun looks at it in turn
	Command    []string
	Service    string
	Home       string
	Err        error
}

// WatchBlind warns that the system does not report changes below a folder.
func WatchBlind(f WatchBlindFacts) Problem {
	p := Problem{Code: CodeWatchBlind, Err: f.Err}
	p.Summary = "changes below " + ShortenPath(f.Dir, f.Home) + " are not reported by the system"
	p.know("dir", f.Dir)
	p.know("file_system", f.FileSystem)
	p.know("polled", f.Polled)
	if f.FileSystem == "" {
		p.fact("because", "unknown: its file system does not say")
	} else {
		p.fact("because", "it is on "+f.FileSystem+", and what another machine writes is not seen here")
	}
	if f.Polled {
		p.fact("so", "devrun looks at its files in turn; a change is seen later")
	} else {
		p.fact("so", "a change there starts nothing")
	}
	p.try(restart(f.Service), "restart by hand after a change")
	p.try(rerun(f.Command, f.Service, toggle("no-watch")), "do without watching")
	p.try(devrun("doctor"), "see which folders are on which file system")
	return p
}

// RestartLoopFacts is what is known about a service that changes its own files.
type RestartLoopFacts struct {
	Service string
	Files   []string // relative to the project, the most frequent first
	Rounds  int
	Command []string
	Err     error
}

// RestartLoop says which files a service writes while it starts.
func RestartLoop(f RestartLoopFacts) Problem {
	p := Problem{Code: CodeRestartLoop, Err: f.Err}
	p.Summary = called(f.Service) + " changes files that restart it"
	p.know("service", f.Service)
	p.know("files", f.Files)
	p.know("rounds", f.Rounds)
	p.facts("writes", f.Files)
	if f.Rounds > 0 {
		p.fact("seen", fmt.Sprintf("in %d starts in a row", f.Rounds))
	}
	p.fact("so", "devrun does not restart for them any more")
	for _, file := range f.Files {
		glob := filepath.ToSlash(file)
		if folder, _, ok := strings.Cut(glob, "/"); ok && len(f.Files) > 1 {
			glob = folder + "/**"
		}
		p.try(rerun(f.Command, f.Service, ignore(glob)), "leave out what it writes")
	}
	p.try(explain(CodeRestartLoop), "how devrun tells such files")
	return p
}
