package ignore

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// An Index is the index of a repository, which has the files that git tracks.
type Index struct {
	top  string
	file stamp
}

// Tracked are the files of a repository that git tracks although its rules ignore
// them, as "git add -f" has it, and the folders that they are in. They count.
type Tracked struct{ files, dirs map[string]struct{} }

// Indexes returns the indexes, as they are now, of the repositories entered so far.
func (r *Rules) Indexes() []Index {
	var all []Index
	for _, p := range r.repos {
		all = append(all, Index{p.top, stampOf(filepath.Join(p.gitDir, "index"))})
	}
	return all
}

// indexWait bounds the wait for git to compare an index with its rules, which
// takes milliseconds unless that has very many files.
const indexWait = 2 * time.Second

// Tracked asks git, once for each state of an index. Without an answer nothing is
// tracked that is ignored.
func (c *GitConfig) Tracked(x Index) *Tracked {
	c.mu.Lock()
	known, ok := c.tracked[x.top]
	if !ok || known.index != x {
		known = indexAnswer{x, sync.OnceValue(func() *Tracked { return askIndex(x) })}
		if c.tracked == nil {
			c.tracked = make(map[string]indexAnswer)
		}
		c.tracked[x.top] = known
	}
	c.mu.Unlock()
	return known.answer()
}

type indexAnswer struct {
	index  Index
	answer func() *Tracked
}

func askIndex(x Index) *Tracked {
	t := &Tracked{files: make(map[string]struct{}), dirs: make(map[string]struct{})}
	if x.file.size < 0 {
		return t // nothing was added so far
	}
	ctx, cancel := context.WithTimeout(context.Background(), indexWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
	cmd.Dir = x.top
	cmd.Env = slices.DeleteFunc(os.Environ(), isRepositoryVariable)
	cmd.WaitDelay = gitWait
	out, err := cmd.Output()
	if err != nil {
		return t
	}
	for name := range strings.SplitSeq(string(out), "\x00") {
		if name == "" {
			continue
		}
		path := filepath.Join(x.top, filepath.FromSlash(name))
		t.files[path] = struct{}{}
		for dir := filepath.Dir(path); dir != x.top; dir = filepath.Dir(dir) {
			t.dirs[dir] = struct{}{}
		}
	}
	return t
}

// Track has the files of all count from now on, and those of the call before no
// more. It returns, by path, the files that differ.
func (r *Rules) Track(all []*Tracked) (came, gone []string) {
	files, dirs := make(map[string]struct{}), make(map[string]struct{})
	for _, t := range all {
		for path := range t.files {
			files[path] = struct{}{}
			if _, ok := r.tracked.files[path]; !ok {
				came = append(came, path)
			}
		}
		for path := range t.dirs {
			dirs[path] = struct{}{}
		}
	}
	for path := range r.tracked.files {
		if _, ok := files[path]; !ok {
			gone = append(gone, path)
		}
	}
	r.tracked = Tracked{files, dirs}
	slices.Sort(came)
	return came, gone
}

// tracks reports whether git tracks a file, or files in a folder, that its rules
// ignore.
func (r *Rules) tracks(path string, isDir bool) bool {
	if len(r.tracked.files) == 0 {
		return false
	}
	if isDir {
		_, ok := r.tracked.dirs[path]
		return ok
	}
	_, ok := r.tracked.files[path]
	return ok
}
