package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// A mode says what the files of a folder are that is new to us.
type mode uint8

const (
	adopt mode = iota // they were there before: no change
	fresh             // they came with it: changes
)

// join is filepath.Join for clean parts, without its cost.
func join(dir, name string) string {
	if strings.HasSuffix(dir, string(filepath.Separator)) {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}

// inside reports whether path is dir or lies in it.
func inside(path, dir string) bool {
	return strings.HasPrefix(path, dir) &&
		(len(path) == len(dir) || path[len(dir)] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}

type scanItem struct {
	path  string
	outer *ignore.Scope
}

// scan watches a folder and those below it that are not ignored.
func (l *loop) scan(rt *root, path string, outer *ignore.Scope, m mode) {
	stack := []scanItem{{path, outer}}
	for len(stack) > 0 {
		select {
		case <-l.done:
			return
		default:
		}
		it := stack[len(stack)-1]
		stack = l.scanDir(rt, it, m, stack[:len(stack)-1])
	}
}

// scanDir watches one folder and appends those directly in it to more. The
// watch is set before the listing, so nothing falls between the two.
func (l *loop) scanDir(rt *root, it scanItem, m mode, more []scanItem) []scanItem {
	if _, ok := l.dirs[it.path]; ok {
		return more
	}
	if _, ok := l.closed[it.path]; ok {
		m = adopt // it was there all the time
	}
	id, err := lstat(it.path)
	if err == nil && l.known(id, it.path) {
		// The same folder at two places, by a bind mount: the kernel tells of
		// changes at the first only.
		l.pollDir(it.path)
	} else {
		err = l.watchDir(it.path)
	}
	var f *os.File
	if err == nil {
		f, err = openDir(it.path)
	}
	if err != nil {
		l.unwatchable(it.path, err)
		return more
	}
	defer f.Close()
	delete(l.closed, it.path)
	d := &dir{path: it.path, root: rt, outer: it.outer, since: l.since}
	if d.since == 0 {
		d.since = now()
	}
	if _, kind := l.mountOf(it.path); kind != "" {
		d.since = 0
	}
	d.id, _ = fstat(f)
	entries, marks, err := list(f)
	if err != nil {
		l.unwatchable(it.path, err)
	}
	d.scope = it.outer.Enter(it.path, marks)
	l.dirs[it.path] = d
	l.byID[d.id.key()] = it.path
	for _, e := range entries {
		p := join(it.path, e.Name())
		switch t := e.Type(); {
		case t.IsDir():
			if !d.scope.Decide(p, true).Ignored() {
				more = append(more, scanItem{p, d.scope})
			}
		case t.IsRegular() || t == fs.ModeSymlink:
			if d.scope.Decide(p, false).Ignored() {
				continue
			}
			if m == fresh {
				l.mark(p, hitData)
			} else {
				d.files = append(d.files, file{e.Name(), content{size: unknownSize}})
			}
		}
	}
	if m == adopt {
		slices.SortFunc(d.files, func(a, b file) int { return strings.Compare(a.name, b.name) })
		d.files = slices.Clip(d.files)
		l.survey.add(d)
		if it.path != rt.path && d.news(d.id.mtime) && !anyNews(f, entries, d.since) {
			l.lostFile(d)
		}
	}
	return more
}

// known reports whether a folder is watched under another path where it still
// is. One that was there has been moved: the old watches end, or fsnotify
// would go on to report under the old path.
func (l *loop) known(id meta, path string) bool {
	other, ok := l.byID[id.key()]
	if !ok || id.ino == 0 || other == path {
		return false
	}
	if m, err := lstat(other); err == nil && m.same(id) {
		return true
	}
	l.lose(other)
	return false
}

// list reads a folder's entries and says which of them hold rules.
func list(f *os.File) (entries []os.DirEntry, marks ignore.Marks, err error) {
	for {
		some, err := f.ReadDir(512)
		for _, e := range some {
			marks |= ignore.MarkOf(e.Name())
		}
		if entries == nil {
			entries = some
		} else {
			entries = append(entries, some...)
		}
		if len(some) < 512 {
			if err != nil && len(some) == 0 && !isEOF(err) {
				return entries, marks, err
			}
			return entries, marks, nil
		}
	}
}

// anyNews reports whether an entry explains why the folder has changed. If
// none does, something was removed from it. The kernel's stamps may lag by a
// tick of its clock, 10 ms at most.
func anyNews(f *os.File, entries []os.DirEntry, since int64) bool {
	since -= int64(10 * time.Millisecond)
	for _, e := range entries {
		if m, err := lstatIn(f, e.Name()); err != nil || m.kind == kindAbsent || news(m.ctime, since) {
			return true
		}
	}
	return false
}

// watchDir has a folder watched by the kernel, or polled where that cannot be.
func (l *loop) watchDir(path string) error {
	mount, kind := l.mountOf(path)
	if kind != "" {
		l.notice(Notice{Kind: Polling, Path: mount, Detail: kind})
		l.pollDir(path)
	}
	if l.kernel == nil {
		l.pollDir(path)
		return nil
	}
	err := l.kernel.watch(path, true)
	switch {
	case err == nil:
	case errors.Is(err, syscall.ENOSPC):
		limit, remedy := watchesLimit()
		l.notice(Notice{Kind: WatchLimit, Path: path, Limit: limit, Detail: remedy, Err: err})
		l.pollDir(path)
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		limit, remedy := instancesLimit()
		l.notice(Notice{Kind: Instances, Path: path, Limit: limit, Detail: remedy, Err: err})
		l.pollDir(path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return err
	default:
		l.pollDir(path)
	}
	return nil
}

func (l *loop) pollDir(path string) {
	l.polled[path] = struct{}{}
	_ = l.poll.watch(path, true)
}

func (l *loop) unwatchDir(path string) {
	if l.kernel != nil {
		// A folder that is gone has taken its watch with it.
		_ = l.kernel.watch(path, false)
	}
	if _, ok := l.polled[path]; ok {
		delete(l.polled, path)
		_ = l.poll.watch(path, false)
	}
}

// unwatchable reports a folder that is left out.
func (l *loop) unwatchable(path string, err error) {
	l.unwatchDir(path)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return // it came and went
	case errors.Is(err, syscall.ENAMETOOLONG):
		l.notice(Notice{Kind: TooLong, Path: path, Err: err})
	default:
		l.closed[path] = struct{}{}
		l.notice(Notice{Kind: Unreadable, Path: path, Err: err})
	}
}

// forget ends the watching of a folder and all below it. With asGone the files
// in it are looked for: they are gone, unless they come back.
func (l *loop) forget(path string, asGone bool) {
	for p, d := range l.dirs {
		if !inside(p, path) {
			continue
		}
		switch rt := d.root; {
		case rt.path != path && inside(rt.path, path):
			// A root of its own is waited for with what was in it.
			rt.id = meta{}
			rt.kept = append(rt.kept, d)
		case asGone:
			for i := range d.files {
				l.mark(join(p, d.files[i].name), hitData)
			}
		}
		delete(l.dirs, p)
		if l.byID[d.id.key()] == p {
			delete(l.byID, d.id.key())
		}
		l.unwatchDir(p)
	}
	for p := range l.closed {
		if inside(p, path) {
			delete(l.closed, p)
		}
	}
	for p := range l.armed {
		if inside(p, path) {
			delete(l.armed, p)
			l.unwatchDir(p)
		}
	}
}

// rescan compares everything with what is known, after events were lost.
func (l *loop) rescan() {
	paths := make([]string, 0, len(l.dirs))
	for p := range l.dirs {
		paths = append(paths, p)
	}
	slices.Sort(paths) // a folder before those in it
	for _, p := range paths {
		if d := l.dirs[p]; d != nil {
			l.relist(d)
		}
	}
	for _, n := range l.named {
		l.mark(n.path, hitData)
	}
}

// relist compares one folder, not those below it, with what is known.
func (l *loop) relist(d *dir) {
	f, err := openDir(d.path)
	if err != nil {
		if m, _ := lstat(d.path); m.kind == kindDir {
			l.unwatchable(d.path, err)
		}
		l.lose(d.path)
		return
	}
	defer f.Close()
	if id, err := fstat(f); err == nil && !id.same(d.id) {
		outer, rt := d.outer, d.root
		l.lose(d.path)
		if rt.path != d.path {
			l.scan(rt, d.path, outer, fresh)
		}
		return
	}
	entries, _, err := list(f)
	if err != nil {
		l.unwatchable(d.path, err)
		return
	}
	seen := make([]bool, len(d.files))
	for _, e := range entries {
		p := join(d.path, e.Name())
		if e.IsDir() {
			if _, ok := l.dirs[p]; !ok && !d.scope.Decide(p, true).Ignored() {
				l.scan(d.root, p, d.scope, fresh)
			}
			continue
		}
		i, ok := find(d.files, e.Name())
		if !ok {
			if t := e.Type(); (t.IsRegular() || t == fs.ModeSymlink) && !d.scope.Decide(p, false).Ignored() {
				l.mark(p, hitData)
				l.staleRules(d, e.Name())
			}
			continue
		}
		seen[i] = true
		m, err := lstatIn(f, e.Name())
		switch c := &d.files[i].content; {
		case err != nil:
		case c.size == unknownSize && !d.news(m.ctime):
		case c.size != m.size || c.mtime != m.mtime || c.ctime != m.ctime:
			l.mark(p, hitData)
			l.staleRules(d, e.Name())
		}
	}
	for i, ok := range seen {
		if !ok {
			l.mark(join(d.path, d.files[i].name), hitData)
			l.staleRules(d, d.files[i].name)
		}
	}
}

// staleRules has the rules of a folder read anew if name holds some.
func (l *loop) staleRules(d *dir, name string) {
	if ignore.MarkOf(name)&(ignore.MarkGitignore|ignore.MarkIgnore) != 0 {
		l.stale[d.path] = struct{}{}
		l.settle.touch(time.Now())
	}
}
