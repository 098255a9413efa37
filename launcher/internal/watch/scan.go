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

	"devrun/launcher/internal/oserr"
	"devrun/launcher/internal/watch/ignore"
)

// A mode decides whether the files of a new folder have changed.
type mode uint8

const (
	adopt mode = iota // no: they were there before
	fresh             // yes: they came with the folder
)

// join is filepath.Join for clean parts, without its cost.
func join(dir, name string) string {
	if strings.HasSuffix(dir, string(filepath.Separator)) {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}

// inside reports whether path is dir or inside it.
func inside(path, dir string) bool {
	return strings.HasPrefix(path, dir) &&
		(len(path) == len(dir) || path[len(dir)] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}

type scanItem struct {
	path  string
	outer *ignore.Scope
	via   []string
}

// scan watches a folder and those below it that are not ignored.
func (x *index) scan(rt *root, path string, outer *ignore.Scope, m mode) {
	it := scanItem{path: path, outer: outer}
	if parent := x.dirs[filepath.Dir(path)]; parent != nil && rt.path != path {
		it.via = parent.via
	}
	x.scanAll(rt, it, m)
}

func (x *index) scanAll(rt *root, first scanItem, m mode) {
	stack := []scanItem{first}
	for len(stack) > 0 {
		select {
		case <-x.done:
			return
		default:
		}
		it := stack[len(stack)-1]
		stack = x.scanDir(rt, it, m, stack[:len(stack)-1])
	}
}

// scanDir watches one folder and appends those directly in it to more. The
// watch is set before the listing, so no change is lost between the two.
func (x *index) scanDir(rt *root, it scanItem, m mode, more []scanItem) []scanItem {
	if _, ok := x.dirs[it.path]; ok {
		return more
	}
	if _, ok := x.closed[it.path]; ok {
		m = adopt // it was there before
	}
	d := &dir{path: it.path, root: rt, outer: it.outer, via: it.via, since: x.since}
	if d.since == 0 {
		d.since = now()
	}
	if _, kind := x.src.mountOf(it.path); kind != "" {
		d.since = 0
	}
	ls, err := x.list(d, m)
	if ls != nil {
		delete(x.closed, it.path)
	}
	if err != nil {
		x.unwatchable(it.path, err)
	}
	if ls == nil {
		return more
	}
	d.scope = it.outer.Enter(it.path, ls.marks)
	x.dirs[it.path] = d
	for _, name := range ls.dirs {
		if p := join(it.path, name); !d.scope.Decide(p, true).Ignored() {
			more = append(more, scanItem{p, d.scope, d.via})
		}
	}
	d.files, d.shared = x.counted(d, ls)
	if m == fresh {
		files := d.files
		d.files, d.shared, d.listing = nil, false, nil
		x.linkAll(d, ls.links, fresh)
		for i := range files {
			x.touch(join(it.path, files[i].name), hitData)
		}
		return more
	}
	for i := range d.files {
		if c := d.files[i].content; c.size != unknownSize && d.isNew(c.ctime) {
			d.own()
			d.files[i].content = content{size: unknownSize} // a change for this Watcher
		}
	}
	x.linkAll(d, ls.links, adopt)
	x.survey.add(d)
	return more
}

// list watches a folder and returns its listing, read just now or by another
// Watcher before. An error may come with a listing of the rest.
func (x *index) list(d *dir, m mode) (*listing, error) {
	f, id, err := x.src.watch(d.path)
	if err != nil {
		return nil, err
	}
	events := 0
	if f != nil {
		if d.listing, events = x.src.shared.listing(f, id); d.listing != nil && !d.isNew(id.mtime) {
			d.id = id
			return d.listing, nil
		}
	}
	open, err := openDir(d.path)
	if err != nil {
		return nil, err
	}
	defer open.Close()
	d.id, _ = fstat(open)
	if f != nil && !d.id.same(id) {
		x.src.unwatch(d.path)
		return nil, nil // another has taken its place, which is an event
	}
	entries, marks, err := list(open)
	ls := newListing(entries, marks, d.id)
	if f != nil && err == nil {
		ls = x.src.shared.publish(f, ls, events)
		d.listing = ls
	}
	// A probe that was the last to change the folder does not count.
	if m == adopt && d.path != d.root.path && !d.root.output && d.isNew(d.id.mtime) && !isAfter(birth(d.path), d.since) && !anyNew(open, entries, d.since) && x.src.shared.probeResult(d.path, d.id).mtime != d.id.mtime {
		x.touchFolder(d)
	}
	return ls, err
}

// counted returns the files of a listing that are not ignored in d, and whether
// they are the listing's own since all count.
func (x *index) counted(d *dir, ls *listing) (files []file, shared bool) {
	all := x.src.shared.content(ls)
	shared = d.listing != nil
	ignored := func(f file) bool { return d.scope.Decide(join(d.path, f.name), false).Ignored() }
	n := slices.IndexFunc(all, ignored)
	if n < 0 {
		return all, shared
	}
	for _, f := range all[n+1:] {
		if !ignored(f) {
			files = append(files, f)
		}
	}
	return slices.Concat(all[:n], files), false
}

// anyNew reports whether an entry explains why the folder has changed. If none
// does, something was removed from it. The kernel's stamps may lag by a tick of
// its clock, 10 ms at most.
func anyNew(f *os.File, entries []os.DirEntry, since int64) bool {
	since -= int64(10 * time.Millisecond)
	for _, e := range entries {
		if m, err := lstatIn(f, e.Name()); err != nil || m.kind == kindAbsent || isAfter(m.ctime, since) {
			return true
		}
	}
	return false
}

// unwatchable reports a folder that is left out.
func (x *index) unwatchable(path string, err error) {
	x.src.unwatch(path)
	err = oserr.Cause(err)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return // it has gone again
	case errors.Is(err, syscall.ENAMETOOLONG):
		x.out.notice(Notice{Kind: TooLong, Path: path, Err: err})
	default:
		x.closed[path] = struct{}{}
		x.out.notice(Notice{Kind: Unreadable, Path: path, Err: err})
	}
}
