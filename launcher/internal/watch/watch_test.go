package watch

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain keeps the configuration of the user's git out, and lets more tests
// wait side by side than there are processors.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "watch")
	if err != nil {
		panic(err)
	}
	config := filepath.Join(home, "gitconfig")
	for k, v := range map[string]string{"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "xdg"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": config} {
		os.Setenv(k, v)
	}
	text := "[user]\nname=x\nemail=x@example.org\n[advice]\ndetachedHead=false\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		panic(err)
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = flag.Set("test.parallel", "8")
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(home)
		os.Exit(code)
	}))
}

// patience bounds a test that would hang; it is never reached otherwise.
const patience = 60 * time.Second

// A bench is a project that is being watched.
type bench struct {
	testing.TB
	dir     string
	w       *Watcher
	notices []Notice
	ignored []Ignored
	started Watching
	marker  int
	stop    func()
}

// project makes a folder with the given files; a name that ends in "/" is a
// folder.
func project(t testing.TB, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	mkdir(t, dir)
	for _, f := range files {
		if p := filepath.Join(dir, f); strings.HasSuffix(f, "/") {
			mkdir(t, p)
		} else {
			write(t, p, "content of "+f+"\n")
		}
	}
	return dir
}

// watching starts to watch and waits until the content of all is known. The
// time that a save is given is long, so that a busy machine makes no two of it,
// nor an empty file of one that is being written; that times are kept is
// settle_test's business.
func watching(t testing.TB, spec Spec, change ...func(*Watcher)) *bench {
	t.Helper()
	w, err := NewHub().Watch(spec)
	if err != nil {
		t.Fatal(err)
	}
	w.timing.lone, w.timing.vanish, w.timing.span = 150*time.Millisecond, 150*time.Millisecond, 150*time.Millisecond
	w.timing.settle, w.timing.empty = 300*time.Millisecond, 3*time.Second
	w.timing.max = 20 * time.Second
	for _, f := range change {
		f(w)
	}
	b := &bench{TB: t, dir: spec.Root, w: w}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	// Ends with ctx; stop waits for it.
	go func() { ended <- w.Run(ctx, time.Time{}) }()
	stopped := false
	b.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		for range w.Events() {
		}
		if err := <-ended; err != context.Canceled {
			t.Errorf("Run returned %v; want %v", err, context.Canceled)
		}
	}
	t.Cleanup(b.stop)
	for {
		switch e := b.next().(type) {
		case Watching:
			b.started = e
		case Baseline:
			return b
		default:
			t.Fatalf("got %+v before anything was done", e)
		}
	}
}

// next returns the next event that is not a Notice or Ignored.
func (b *bench) next() Event {
	b.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case e, ok := <-b.w.Events():
			if !ok {
				b.Fatal("the watcher has ended")
			}
			switch e := e.(type) {
			case Notice:
				b.notices = append(b.notices, e)
			case Ignored:
				b.ignored = append(b.ignored, e)
			default:
				return e
			}
		case <-limit.C:
			b.Fatal("no event")
		}
	}
}

// batch returns the next batch and checks that one Dirty precedes it.
func (b *bench) batch() Batch {
	b.Helper()
	e := b.next()
	if _, ok := e.(Dirty); !ok {
		b.Fatalf("got %+v; want Dirty", e)
	}
	e = b.next()
	batch, ok := e.(Batch)
	if !ok {
		b.Fatalf("got %+v; want Batch", e)
	}
	return batch
}

// want checks that exactly these changes come in one batch, and nothing after
// it: "+path" for created, "-path" removed, "path" modified.
func (b *bench) want(changes ...string) {
	b.Helper()
	if got := text(b.batch()); !slices.Equal(got, changes) {
		b.Fatalf("batch %q; want %q", got, changes)
	}
	b.nothing()
}

// nothing checks that no batch is under way: the next is one made here.
func (b *bench) nothing() {
	b.Helper()
	b.marker++
	name := fmt.Sprintf("marker%d", b.marker)
	write(b, filepath.Join(b.dir, name), name)
	if got, want := text(b.batch()), []string{"+" + name}; !slices.Equal(got, want) {
		b.Fatalf("batch %q; want %q", got, want)
	}
}

func text(e Batch) []string {
	var s []string
	for _, c := range e.Files {
		s = append(s, map[Op]string{Created: "+", Modified: "", Removed: "-"}[c.Op]+c.Path)
	}
	if e.Total != len(e.Files) {
		s = append(s, fmt.Sprintf("%d in all", e.Total))
	}
	return s
}

// noticed reports how often a kind was reported, after whatever is under way.
func (b *bench) noticed(k Kind) (n int) {
	for _, e := range b.notices {
		if e.Kind == k {
			n++
		}
	}
	return n
}

func write(t testing.TB, path, text string) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	ok(t, os.WriteFile(path, []byte(text), 0o644))
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	ok(t, os.MkdirAll(path, 0o755))
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
