package watch

import "path/filepath"

// Expect has a change directly in one of the folders, given by absolute paths,
// count under any rules, as when packages are installed: those in it are not
// looked at. It holds until the next call; nil ends it. A folder that is not there
// is waited for where the one above it is. Only one goroutine may call it.
func (w *Watcher) Expect(folders []string) {
	select {
	case <-w.expect: // not taken yet
	default:
	}
	w.expect <- folders
}

// expect takes what Expect was called with.
func (x *index) expect(folders []string) {
	old := x.expected
	x.expected = make(map[string]struct{}, len(folders))
	for _, folder := range folders {
		x.expected[folder] = struct{}{}
		x.watchExpected(folder)
		if m, _ := stat(folder); m.kind == kindAbsent {
			x.watchExpected(filepath.Dir(folder))
		}
	}
	for folder := range old {
		for _, path := range []string{folder, filepath.Dir(folder)} {
			_, armed := x.named.armed[path]
			_, still := x.expected[path]
			if x.dirs[path] == nil && !armed && !still {
				x.src.unwatch(path)
			}
		}
	}
}

// watchExpected has hits on a folder's entries reported. One that cannot be
// watched is not reported: nobody has asked for it.
func (x *index) watchExpected(folder string) {
	if x.dirs[folder] == nil {
		_, _, _ = x.src.watch(folder)
	}
}

// hitExpected notes a hit on an expected folder, or on an entry of one.
func (x *index) hitExpected(path string, h hit) {
	if len(x.expected) == 0 || h == hitAttr {
		return
	}
	folder := path
	if x.expects(path) {
		x.watchExpected(path)
	} else if folder = filepath.Dir(path); !x.expects(folder) {
		return
	}
	x.burst.touch(folder, hitData, func() before { return before{} })
	x.burst.suspects[folder].folder, x.burst.suspects[folder].expected = true, true
}

func (x *index) expects(folder string) bool {
	_, ok := x.expected[folder]
	return ok
}
