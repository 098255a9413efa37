package watch

import (
	"io/fs"
	"maps"
	"slices"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// rescan compares all folders and files with the index, after events were lost.
func (x *index) rescan() {
	for _, p := range slices.Sorted(maps.Keys(x.dirs)) { // a folder before those in it
		if d := x.dirs[p]; d != nil {
			// Its watch may have ended with an earlier folder of this name.
			// relist runs into the same error.
			_, _, _ = x.src.watch(p)
			x.relist(d)
		}
	}
	x.named.rescan()
}

// relist compares one folder, not those below it, with the index.
func (x *index) relist(d *dir) {
	f, err := openDir(d.path)
	if err != nil {
		if m, _ := lstat(d.path); m.kind == kindDir {
			x.unwatchable(d.path, err)
		}
		x.lose(d.path)
		return
	}
	defer f.Close()
	if id, err := fstat(f); err == nil && !id.same(d.id) {
		outer, rt := d.outer, d.root
		x.lose(d.path)
		if rt.path != d.path {
			x.scan(rt, d.path, outer, fresh)
		}
		return
	}
	entries, _, err := list(f)
	if err != nil {
		x.unwatchable(d.path, err)
		return
	}
	seen := make([]bool, len(d.files))
	for _, e := range entries {
		p := join(d.path, e.Name())
		if e.IsDir() {
			if _, ok := x.dirs[p]; !ok && !d.scope.Decide(p, true).Ignored() {
				x.scan(d.root, p, d.scope, fresh)
			}
			continue
		}
		if e.Type() == fs.ModeSymlink {
			x.link(d, e.Name(), fresh)
		}
		i, ok := find(d.files, e.Name())
		if !ok {
			if isContent(e.Type()) && !d.scope.Decide(p, false).Ignored() {
				x.touchListed(d, e.Name())
			}
			continue
		}
		seen[i] = true
		m, err := lstatIn(f, e.Name())
		switch c, now := d.files[i].content, m.content(); {
		case err != nil:
		case c.size == unknownSize && !d.isNew(m.ctime):
		case c.size != now.size || c.mtime != now.mtime || c.ctime != now.ctime:
			x.touchListed(d, e.Name())
		}
	}
	for i, ok := range seen {
		if !ok {
			x.touchListed(d, d.files[i].name)
		}
	}
}

// touchListed notes a difference in a folder's listing.
func (x *index) touchListed(d *dir, name string) {
	x.touch(join(d.path, name), hitData)
	x.noteRules(d, name)
}

// noteRules has the rules of a folder read again if name holds some.
func (x *index) noteRules(d *dir, name string) {
	if ignore.MarkOf(name)&ignore.MarkRules != 0 {
		x.stale[d.path] = struct{}{}
		x.burst.settle.touch(time.Now())
	}
}
