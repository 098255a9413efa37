// Package watch reports the changes of a project's files as settled batches.
//
// Only content counts, and whether a file may be executed: one that is touched, or
// written with the content it had, has not changed. Folders are watched, never files; files that git
// ignores do not count, and folders that git ignores are not watched.
//
// # Protocol
//
// A burst of changes is announced by one Dirty and ended by one Batch, in
// this order, never otherwise. Dirty comes a few quiet milliseconds after the
// first change. Batch comes when the tree has settled: after 15 ms for a
// single save, after Spec.Settle for more, at the latest after 2 s, or 10 s
// while git or a linker is at work. A burst that leaves all content unchanged is
// silent; one that is taken back after Dirty ends with an empty Batch.
//
// The receiver stops the old process on Dirty (or keeps it until a build has
// succeeded) and starts the new one when two things hold: the old one is gone,
// and the last of the two events was a Batch. So a change that arrives while
// the old process is stopping causes no second start. Batches that the receiver
// has not taken yet are merged into one.
//
// On Linux the kernel reports changes by inotify, to one instance for all
// Watchers of a Hub. Elsewhere fsnotify's means are used; on BSD and macOS each
// file costs a descriptor, and where these run out the rest is polled.
package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"devrun/launcher/internal/oserr"
	"devrun/launcher/internal/watch/ignore"
)

// A Spec describes what one Watcher watches.
type Spec struct {
	Root    string   // the project's folder; must exist
	Paths   []string // more folders and files, relative to Root; may not exist yet. They count even where they are ignored, but ignored files inside them do not.
	Files   []string // files that always count, such as the executable; relative to Root. Their removal is not a change: they are waited for.
	Scripts []string // files and folders that the command's interpreter runs; relative to Root. A file counts as Files do unless Ignore names it, and where a rule ignores its folder, that counts as Paths do.
	Include []string // doublestar globs relative to Root; "../" leads to folders of Paths; empty: every file
	Ignore  []string // likewise, and before Include
	Never   []string // files that do not count, such as the program's own log; relative to Root
	Apart   []string // folders in which nothing counts, as they are others' to watch; relative to Root

	ReportIgnored bool          // send Ignored
	Settle        time.Duration // 0: 50 ms
	Poll          time.Duration // interval where polling is needed; 0: by its cost
	PollOnly      bool          // poll everything
}

// Decision and Source are those of the ignore rules.
type (
	Decision = ignore.Decision
	Source   = ignore.Source
)

// Sources of a Decision that are not rules.
const (
	Own         Source = ignore.FromCaller
	Apart       Source = ignore.FromApart
	Tracked     Source = ignore.FromIndex
	Unchanged   Source = "unchanged"    // it was written with the content it had
	Named       Source = "named"        // one of Spec.Files or Spec.Paths: it counts under any rules
	Outside     Source = "outside"      // in no watched folder
	NotFollowed Source = "not-followed" // behind a symbolic link that is not followed
)

// A Watcher watches one Spec. Run may be called once.
type Watcher struct {
	hub    *Hub
	spec   Spec
	events chan Event
	timing timing
	expect chan []string
}

// Watch validates spec and returns a Watcher that begins with its Run. The error
// names a malformed glob, or a root that is not a folder.
func (h *Hub) Watch(spec Spec) (*Watcher, error) {
	root, err := filepath.Abs(spec.Root)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", spec.Root, err)
	}
	spec.Root = root
	fi, err := os.Stat(root)
	if err == nil && !fi.IsDir() {
		err = errors.New("not a directory")
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, oserr.Cause(err))
	}
	if _, err := newRules(spec, h); err != nil {
		return nil, err
	}
	spec.Paths = absolute(root, spec.Paths)
	spec.Files = absolute(root, spec.Files)
	spec.Scripts = absolute(root, spec.Scripts)
	if spec.Settle <= 0 {
		spec.Settle = 50 * time.Millisecond
	}
	return &Watcher{hub: h, spec: spec, events: make(chan Event), timing: newTiming(spec.Settle), expect: make(chan []string, 1)}, nil
}

// Events returns the channel of events. It is closed when Run returns.
func (w *Watcher) Events() <-chan Event { return w.events }

// Dirs returns the folders that are watched: the root, and Spec.Paths.
func (w *Watcher) Dirs() []string { return append([]string{w.spec.Root}, w.spec.Paths...) }

// Run watches until ctx ends and returns its cause. A file that was changed after
// since is a change; a zero since is now. Nothing in the tree makes it return
// earlier: a Notice reports folders that cannot be watched.
func (w *Watcher) Run(ctx context.Context, since time.Time) error {
	defer close(w.events)
	return newLoop(w, since).run(ctx)
}

// Explain returns whether a path counts and the rule that decides it. A path
// that does not exist is taken for a file. Explain reads the ignore files again
// and may be called at any time.
func (w *Watcher) Explain(path string) Decision {
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.spec.Root, path)
	}
	path = filepath.Clean(path)
	files, folders := scripts(w.spec, w.hub)
	roots := slices.Concat([]string{w.spec.Root}, w.spec.Paths, folders)
	if slices.Contains(slices.Concat(roots, w.spec.Files, files), path) {
		return Decision{Source: Named, Path: path}
	}
	root := rootOf(path, roots)
	if root == "" {
		return Decision{Ignored: true, Source: Outside, Path: path}
	}
	rules, err := newRules(w.spec, w.hub, folders...)
	if err != nil {
		return Decision{Path: path} // Watch has checked it
	}
	m, _ := lstat(path)
	d := rules.Explain(root, path, m.kind == kindDir)
	if d.Ignored && d.Source == ignore.FromGit {
		var all []*ignore.Tracked
		for _, x := range rules.Indexes() {
			all = append(all, w.hub.git.Tracked(x))
		}
		rules.Track(all)
		d = rules.Explain(root, path, m.kind == kindDir)
	}
	if !d.Ignored {
		if link, ok := newLinks(w.spec, w.hub, roots).explain(root, path); ok {
			return link
		}
	}
	return d
}

func absolute(root string, paths []string) []string {
	var abs []string
	for _, p := range paths {
		if !filepath.IsAbs(p) {
			p = filepath.Join(root, p)
		}
		abs = append(abs, filepath.Clean(p))
	}
	return abs
}
