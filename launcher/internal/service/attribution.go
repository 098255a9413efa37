package service

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/watch"
)

// attribution finds out which of the changed files restart the service: not those
// that it writes itself, nor those that it takes in by itself.
type attribution struct {
	*base
	root   string             // of the watcher, whose paths are relative to it
	always map[string]bool    // files that need a restart whoever watches them: the command's own, env files
	made   map[string]bool    // files that the service has made while it started, or is known to write
	served map[string]strikes // of files that have changed while the service was ready
	told   map[spared]bool    // what was reported already
}

// spared is why a change restarts nothing.
type spared string

const (
	counts  spared = ""
	opened  spared = "the service has it open for writing"
	created spared = "the service made it while it started"
	serving spared = "the service writes it while it serves"
	reloads spared = "the service reloads by itself"
	earlier spared = "the service started after that"
	piped   spared = "it receives devrun's output"
)

func newAttribution(b *base, root string, spec watch.Spec) attribution {
	a := attribution{base: b, root: root, always: map[string]bool{}, made: map[string]bool{}, served: map[string]strikes{}, told: map[spared]bool{}}
	for _, file := range spec.Files {
		a.always[file] = true
		if rel, err := filepath.Rel(root, file); err == nil && filepath.IsLocal(rel) {
			a.always[filepath.ToSlash(rel)] = true
		}
	}
	return a
}

// situation is what the service does while files change.
type situation struct {
	about    *attempt      // whose tree exists; nil for none
	tree     *process.View // of about, read a moment ago; nil: it has to be read
	stopping bool          // it is being ended
	starting bool          // the burst began before it was ready
	wrote    bool          // the tree has written as much as the files hold, wherever to
	stored   bool          // the tree has stored something in files since the meter was read last
	moved    uint64        // bytes that it has written since then, wherever to
	total    uint64        // bytes that it has stored in files since it runs
	recent   bool          // the meter was read a moment ago
}

// atStart reports whether a file changed between the start of the command and the time
// when it was ready, which may be noticed later, when the folders are first read. What
// was moved in keeps its time, which is older than the start.
func (s situation) atStart(file watch.Change) bool {
	if file.At.IsZero() {
		return s.starting
	}
	return !file.At.Before(s.about.began.Add(-clockTick)) && (s.starting || file.At.Add(clockTick).Before(s.about.readyAt))
}

// sort returns the files that restart the service.
func (a *attribution) sort(files []watch.Change, s situation) []watch.Change {
	if len(files) == 0 {
		return nil
	}
	verdicts := a.judge(files, s)
	var counting []watch.Change
	for i, file := range files {
		if verdicts[i] == counts {
			counting = append(counting, file)
		} else {
			a.emit(event.Event{Level: event.Debug, Name: event.Ignored, Files: []string{file.Path}, Reason: string(verdicts[i]),
				Message: "ignored " + file.Path + ": " + string(verdicts[i])})
		}
	}
	return counting
}

// judge returns, for each file, why it does not count, or counts.
func (a *attribution) judge(files []watch.Change, s situation) []spared {
	verdicts := make([]spared, len(files))
	if s.about == nil {
		for i, file := range files {
			if file.Op == watch.Removed && a.made[file.Path] {
				verdicts[i] = created // what the service made goes with it
			}
		}
		return a.judgePiped(files, verdicts)
	}
	paths := a.absolute(files)
	if s.tree == nil {
		tree := s.about.proc.View()
		s.tree = &tree
	}
	writers := s.tree.Writers(paths)
	watchers := a.watchers(paths, s)
	for i, file := range files {
		_, written := writers[paths[i]]
		by, watched := watchers[paths[i]]
		switch {
		case len(a.build) == 0 && file.Op == watch.Modified && !file.At.IsZero() && file.At.Add(clockTick).Before(s.about.began):
			verdicts[i] = earlier
		case written:
			verdicts[i] = opened
			a.made[file.Path] = true
		case s.stopping && a.made[file.Path], (s.stopping || s.starting) && a.served[file.Path].count > 1:
			verdicts[i] = serving
		case s.stopping || a.always[file.Path]:
		case a.isReloaded(file.Path) && (watched || !a.losesFiles() || !isModule(file.Path)):
			verdicts[i] = reloads
		case watched && !a.reloadsItself():
			verdicts[i] = reloads
			a.tell(reloads, "%s (pid %d) watches %s and reloads by itself: devrun does not restart it for that", by.Name, by.PID, file.Path)
		case s.atStart(file) && (file.Op == watch.Created && s.wrote || a.made[file.Path]):
			verdicts[i] = created
			a.tell(spared(file.Path), "%s was made while %s started: its changes at a start do not restart it", file.Path, a.svc.Name)
			a.made[file.Path] = true
		case file.Op == watch.Removed && a.made[file.Path]:
			verdicts[i] = created
		case !s.starting && len(files) <= servedAtOnce && !isSource(file.Path) && a.serves(file, s):
			verdicts[i] = serving
		}
	}
	return a.judgePiped(files, verdicts)
}

// servedAtOnce is how many files a service changes for one request; a person's tools
// may change many.
const servedAtOnce = 3

// isRecord reports whether a file is one that programs append to, by its extension.
// What is appended may be in a page of the file that was changed before, so that it
// does not count as stored.
func isRecord(file string) bool {
	return slices.Contains([]string{".csv", ".jsonl", ".log", ".ndjson", ".tsv"}, strings.ToLower(path.Ext(file)))
}

// serves reports whether the service is known to write a file while it serves: when it
// changed the second time, the service had just stored something, or written as much
// as a record grew by, or as a file holds that is in memory, where nothing counts as
// stored. A new file, such as an upload, is taken for its own in any case
// if it has stored as much since it runs: a restart would cut off the request that it
// was made for. Of new files all those of a folder and extension are one.
func (a *attribution) serves(file watch.Change, s situation) bool {
	key := file.Path
	if file.Op == watch.Created {
		key = path.Join(path.Dir(file.Path), "*"+path.Ext(file.Path))
	}
	before, again := a.served[key]
	grew := file.Size - before.size
	may := s.stored || isRecord(file.Path) && grew > 0 && s.moved >= uint64(grew) ||
		file.Size > 0 && s.moved >= uint64(file.Size) && process.InMemory(absoluteIn(a.root, filepath.FromSlash(file.Path)))
	now := strikes{count: min(before.count+1, 2), size: file.Size}
	if again && !s.recent {
		now.count = 1
	}
	a.served[key] = now
	if key != file.Path {
		a.served[file.Path] = now // it may be written again and again
	}
	isUpload := key != file.Path && !isData(file.Path) && s.total > 0 && s.total >= uint64(file.Size)
	if !isUpload && (!again || !s.recent || !may) {
		if again && s.recent {
			delete(a.served, key) // somebody else writes it as well
		}
		return false
	}
	a.tell(spared(key), "%s writes %s while it serves: that does not restart it", a.svc.Name, key)
	return true
}

// isData reports whether a file is one that people add and programs write, by its
// extension.
func isData(file string) bool {
	return slices.Contains([]string{"", ".json", ".sql"}, strings.ToLower(path.Ext(file)))
}

// strikes is what is known of a file that has changed while the service was ready.
type strikes struct {
	count int   // in a row; 2 for one that it is known to write
	size  int64 // at the last change
}

// judgePiped looks for files that devrun's output is piped into, of those that count.
func (a *attribution) judgePiped(files []watch.Change, verdicts []spared) []spared {
	if a.env.Downstream == nil || !slices.Contains(verdicts, counts) {
		return verdicts
	}
	if into := a.env.Downstream(); len(into) > 0 {
		for i, path := range a.absolute(files) {
			if verdicts[i] == counts && slices.Contains(into, path) {
				verdicts[i] = piped
			}
		}
	}
	return verdicts
}

// asked reports whether the user has named the files that restart the service.
func (a *attribution) asked() bool { return len(a.svc.Watch.Include) > 0 }

// watchers asks who of the service watches files itself, unless the user has named
// the files that restart it.
func (a *attribution) watchers(paths []string, s situation) map[string]process.Member {
	if a.asked() || s.stopping || a.reloadsItself() && !a.losesFiles() {
		return nil
	}
	return s.tree.Watchers(paths, s.about.listener.PID)
}

// reloadsItself reports whether the service is a server that is known to reload by
// itself, and the user has not named the files that restart it.
func (a *attribution) reloadsItself() bool {
	return a.framework != nil && a.framework.Reloads && !a.asked()
}

// losesFiles reports whether the server is one that watches file by file and may lose
// one. A file that the kernel does not watch for it counts, unless its folder is
// watched: the save has replaced the watched file, or an earlier one has. The restart
// begins before the server's own, which waits for a quiet time, and gives the server
// its watches again. What the server had not loaded restarts it, too.
func (a *attribution) losesFiles() bool {
	return process.SeesWatches && a.reloadsItself() && a.framework.Framework.ByFile
}

// isModule reports whether a file is one that Node.js loads, by its extension; see
// nodejs.org/api/packages.html.
func isModule(file string) bool {
	return slices.Contains([]string{".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json", ".node", ".wasm"}, path.Ext(file))
}

// isReloaded reports whether a server that is known to reload by itself takes a file in:
// not one that it reads only at its start.
func (a *attribution) isReloaded(file string) bool {
	return a.reloadsItself() && !a.always[file] && !a.framework.Framework.NeedsRestart(filepath.ToSlash(file))
}

// tell reports something once.
func (a *attribution) tell(what spared, format string, args ...any) {
	if !a.told[what] {
		a.told[what] = true
		a.notice(event.Info, "%s", fmt.Sprintf(format, args...))
	}
}

// absolute are the paths of files.
func (a *attribution) absolute(files []watch.Change) []string {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = absoluteIn(a.root, filepath.FromSlash(file.Path))
	}
	return paths
}

// sources are the extensions of files that people write: one that changes while the
// service serves was saved by somebody.
const sources = " .c .cc .cfg .clj .conf .cpp .cs .css .cts .dart .ejs .env .erb .erl .ex .exs .fs .go .gohtml .graphql .h .haml .hbs .hs .htm .html .ini .java" +
	" .jinja .jinja2 .jl .js .jsx .kt .kts .less .liquid .lua .md .mdx .mjs .mod .mts .nim .php .pl .prisma .properties .proto .pug .py .rb .rs .sass" +
	" .scala .scss .sh .svelte .svg .swift .templ .tmpl .toml .ts .tsx .twig .vue .yaml .yml .zig "

// isSource reports whether a file is one that people write, by its extension.
func isSource(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext != "" && strings.Contains(sources, " "+ext+" ")
}
