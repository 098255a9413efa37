package launcher

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/watch"
)

// GlobError is a --watch or --ignore pattern that cannot be used.
type GlobError = watch.GlobError

// watchRoot is the folder whose files restart the service, "" where none is
// watched unless asked for by name: / and the home folder hold too much.
func watchRoot(svc config.Service, project address.Project, home string) string {
	own := len(svc.Watch.Paths) == 1 && svc.Watch.Paths[0] == "." // the default of a file
	if len(svc.Watch.Paths) > 0 && !own || len(svc.Watch.Include) > 0 {
		return svc.Dir
	}
	dirs := []string{project.Dir, svc.Dir}
	if own {
		dirs = dirs[1:]
	}
	for _, dir := range dirs {
		if dir != home && filepath.Dir(dir) != dir {
			return dir
		}
	}
	return ""
}

// watchSpec is what is watched for the service, and whether anything is.
func (s *Supervisor) watchSpec(root string) watch.Spec {
	w := s.svc.Watch
	spec := watch.Spec{Root: root, Settle: w.Settle, ReportIgnored: s.run.opts.Debug, Never: s.run.ownFiles()}
	paths := w.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, dir := range paths {
		dir = filepath.ToSlash(s.below(root, dir))
		for _, glob := range w.Ignore {
			spec.Ignore = append(spec.Ignore, under(dir, glob))
		}
		if len(w.Include) == 0 && dir != "." {
			spec.Include = append(spec.Include, dir)
			spec.Paths = append(spec.Paths, filepath.FromSlash(dir))
		}
		for _, glob := range w.Include {
			glob = under(dir, s.below(root, glob))
			spec.Include = append(spec.Include, glob)
			if named := namedBy(glob); named != "" {
				spec.Paths = append(spec.Paths, named)
			}
		}
	}
	if s.framework != nil && s.framework.Reloads && len(spec.Include) == 0 {
		spec.Include = s.framework.Framework.ConfigFiles()
	}
	for _, file := range s.svc.EnvFiles {
		spec.Files = append(spec.Files, absoluteIn(s.svc.Dir, file))
	}
	if exe := s.executable(root); exe != "" && len(s.svc.Build) == 0 {
		spec.Files = append(spec.Files, exe)
	}
	return spec
}

// below is a path of the service as it is seen from root: relative ones are
// meant from the service's folder, which root is where there are any.
func (s *Supervisor) below(root, path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(root, path); err == nil {
		return rel
	}
	return path
}

// under is a glob within a watched folder. One that is meant at every depth of
// the folder has to say so once the folder stands before it.
func under(dir, glob string) string {
	glob = filepath.ToSlash(glob)
	switch {
	case dir == ".":
		return glob
	case !strings.Contains(glob, "/"):
		return path.Join(dir, "**", glob)
	}
	return path.Join(dir, glob)
}

// namedBy is the file or folder that a glob without a wildcard names, or the
// folder beside the root that one with wildcards leads to; else "".
func namedBy(glob string) string {
	wild := strings.IndexAny(glob, `*?[{\`)
	switch {
	case wild < 0:
		return filepath.FromSlash(path.Clean(glob))
	case strings.HasPrefix(glob, "../"):
		return filepath.FromSlash(path.Dir(glob[:wild] + "x"))
	}
	return ""
}

func absoluteIn(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// executable is the command's own file where that lies in the project, "" else.
func (s *Supervisor) executable(root string) string {
	name := s.svc.Command[0]
	if !strings.ContainsAny(name, `/\`) || strings.Contains(name, "{") {
		return ""
	}
	file := absoluteIn(s.svc.Dir, name)
	for _, dir := range []string{root, s.run.opts.Project.Dir, s.svc.Dir} {
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
			return file
		}
	}
	return ""
}

// prepareWatching finds out what is to be watched, and whether its globs can be
// used. Its error is a *GlobError.
func (s *Supervisor) prepareWatching() error {
	if s.svc.Watch.Off {
		return nil
	}
	root := watchRoot(s.svc, s.run.opts.Project, diag.Home())
	if root == "" {
		s.unwatched = s.svc.Dir
		return nil
	}
	spec := s.watchSpec(root)
	s.outputs = newOutputs(root, s.svc.Dir, s.executable(root), s.svc.Build)
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil // the folder problem is told when the command is looked at
	}
	var err error
	s.watcher, err = s.run.watchers.Watch(spec)
	return err
}

// startWatching begins to watch. What was changed since the time given is news.
func (s *Supervisor) startWatching(since time.Time) {
	s.watchSoon = nil
	if s.watcher == nil || s.watched != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.unwatch = cancel
	s.watched = s.watcher.Events()
	// Ends with unwatch.
	s.wg.Go(func() { s.watcher.Run(ctx, since) })
}

// manyFiles is from where it is worth giving memory back.
const manyFiles = 20_000

// heard handles what the watcher says.
func (s *Supervisor) heard(e watch.Event) {
	switch e := e.(type) {
	case watch.Watching:
		s.notice(Debug, "watching after %v: folders %d (looked at in turn: %d), files %d", roundTook(e.Took), e.Dirs, e.Polled, e.Files)
	case watch.Baseline:
		if e.Files > manyFiles {
			debug.FreeOSMemory() // what finding out has taken
		}
		s.notice(Debug, "the content of %d files is known, after %v", e.Hashed, roundTook(e.Took))
	case watch.Dirty:
		s.dirtied(e)
	case watch.Batch:
		s.settled(e)
	case watch.Ignored:
		s.emit(Event{Level: Debug, Name: EventIgnored, Files: []string{e.Path}, Reason: because(e.Decision), Message: "ignored " + e.Path + ": " + because(e.Decision)})
	case watch.Notice:
		s.watchTrouble(e)
	}
}

// because says which rule dropped a path, and where it stands.
func because(d watch.Decision) string {
	switch d.Source {
	case "":
		return "no rule speaks of it"
	case watch.Unchanged:
		return "its content is the same"
	case watch.Outside:
		return "it is in no watched folder"
	case watch.Named:
		return "it is watched by name"
	case watch.Own:
		return "it is devrun's own, output or config"
	}
	text := fmt.Sprintf("%s rule %s", d.Source, d.Rule)
	if d.File != "" {
		text += fmt.Sprintf(", %s:%d", diag.ShortenPath(d.File, diag.Home()), d.Line)
	}
	return text
}

// watchTrouble tells of what cannot be watched as it should. The service is
// none the worse for it.
func (s *Supervisor) watchTrouble(n watch.Notice) {
	shown := diag.ShortenPath(n.Path, diag.Home())
	command, service := s.again()
	switch n.Kind {
	case watch.WatchLimit, watch.Instances:
		what := "watches"
		if n.Kind == watch.Instances {
			what = "watchers"
		}
		if !s.run.first(n.Kind) {
			return
		}
		s.reportAs(Warn, problemOf(diag.WatchLimit(diag.WatchLimitFacts{
			What: what, Limit: n.Limit, Raise: n.Detail, Err: n.Err,
		})))
	case watch.Polling, watch.Blind:
		s.reportAs(Warn, problemOf(diag.WatchBlind(diag.WatchBlindFacts{
			Dir: n.Path, FileSystem: n.Detail, Command: command, Service: service, Home: diag.Home(), Err: n.Err,
		})))
	case watch.Overflow:
		s.notice(Debug, "the system dropped notices of changes: comparing all files")
	case watch.Missing:
		s.notice(Warn, "%s does not exist; watching for it to come", shown)
	case watch.Returned:
		s.notice(Info, "%s is there now, and watched", shown)
	case watch.TooLong:
		s.notice(Warn, "%s is longer than a path may be, and is not watched", shown)
	default:
		s.notice(Warn, "%s cannot be read, and is not watched: %v", shown, n.Err)
	}
}

// restartLoopProblem names the files that a service writes whenever it starts.
func (s *Supervisor) restartLoopProblem() *diag.Problem {
	command, _ := s.again()
	return problemOf(diag.RestartLoop(diag.RestartLoopFacts{
		Service: s.svc.Name, Files: s.own.files, Rounds: s.own.rounds, Command: command,
	}))
}
