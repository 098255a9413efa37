package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// bigTree makes 100,000 files in 10,000 folders beside 50,000 in an ignored
// node_modules.
func bigTree(b *testing.B) string {
	b.Helper()
	dir := project(b, ".git/HEAD")
	write(b, filepath.Join(dir, ".gitignore"), "*.log\n/dist/\n*.tmp\n!keep.tmp\n**/cache/\n")
	for i := range 10_000 {
		d := filepath.Join(dir, fmt.Sprintf("a%d/b%d/c%d", i%10, i/10%10, i/100))
		mkdir(b, d)
		for k := range 10 {
			ok(b, os.WriteFile(filepath.Join(d, fmt.Sprintf("file%d.go", k)), []byte("package x\n"), 0o644))
		}
	}
	for i := range 5000 {
		d := filepath.Join(dir, "node_modules", fmt.Sprintf("m%d", i))
		mkdir(b, d)
		for k := range 10 {
			ok(b, os.WriteFile(filepath.Join(d, fmt.Sprintf("file%d.js", k)), nil, 0o644))
		}
	}
	return dir
}

// BenchmarkBigTree reports how long it takes until all is watched (start), and
// known (baseline), how much memory that keeps, how long a comparison of
// everything takes (rescan), and how soon a save deep in the tree is reported
// (dirty).
func BenchmarkBigTree(b *testing.B) {
	dir := bigTree(b)
	deep := filepath.Join(dir, "a3/b4/c57/file5.go")
	for range b.N {
		w, err := NewHub().Watch(Spec{Root: dir})
		ok(b, err)
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		// Ends with ctx.
		go func() { ended <- w.Run(ctx, time.Time{}) }()
		var started Watching
		var known Baseline
		for known.Files == 0 {
			switch e := (<-w.Events()).(type) {
			case Watching:
				started = e
			case Baseline:
				known = e
			}
		}
		var ru unix.Rusage
		ok(b, unix.Getrusage(unix.RUSAGE_SELF, &ru))
		runtime.GC()
		runtime.ReadMemStats(&after)
		begin := time.Now()
		write(b, deep, fmt.Sprint(begin))
		<-w.Events()
		reported := time.Since(begin)
		<-w.Events()
		cancel()
		for range w.Events() {
		}
		<-ended

		b.ReportMetric(float64(started.Took.Milliseconds()), "start-ms")
		b.ReportMetric(float64(known.Took.Milliseconds()), "baseline-ms")
		b.ReportMetric(float64(started.Dirs), "folders")
		b.ReportMetric(float64(known.Files), "files")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "kept-MiB")
		b.ReportMetric(float64(ru.Maxrss)/(1<<10), "max-rss-MiB")
		b.ReportMetric(float64(reported.Microseconds())/1000, "dirty-ms")
	}
}

// BenchmarkRescan compares 100,000 files with the index, as after an
// overflow of the kernel's queue.
func BenchmarkRescan(b *testing.B) {
	w, err := NewHub().Watch(Spec{Root: bigTree(b)})
	ok(b, err)
	l := newLoop(w, time.Time{})
	l.begin(b.Context())
	defer l.src.close()
	l.endProbe()
	for b.Loop() {
		l.index.rescan()
	}
	if n := len(l.burst.suspects); n > 0 {
		b.Errorf("%d files are taken for changed", n)
	}
}

// BenchmarkLoneSave reports how long after a save the first signal comes, and
// the batch; and for comparison, how long a bare read of inotify takes.
func BenchmarkLoneSave(b *testing.B) {
	dir := project(b, "main.go", "sub/x.go")
	file := filepath.Join(dir, "main.go")

	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	ok(b, err)
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_MODIFY)
	ok(b, err)
	read := make(chan time.Time)
	// Ends when the watch is removed with the folder, at the latest.
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			if n, err := unix.Read(fd, buf); n <= 0 || err != nil {
				return
			}
			now := time.Now()
			if buf[4]&unix.IN_MODIFY == 0 {
				return
			}
			read <- now
		}
	}()
	var bare time.Duration
	const bareRounds = 50
	for i := range bareRounds {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		ok(b, err)
		begin := time.Now()
		_, err = fmt.Fprint(f, "x", i)
		ok(b, err)
		bare += (<-read).Sub(begin)
		ok(b, f.Close())
	}
	wd := uint32(1)
	_, err = unix.InotifyRmWatch(fd, wd)
	ok(b, err)
	<-read

	w, err := NewHub().Watch(Spec{Root: dir})
	ok(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	// Ends with ctx.
	go func() { ended <- w.Run(ctx, time.Time{}) }()
	for e := range w.Events() {
		if _, ok := e.(Baseline); ok {
			break
		}
	}
	var dirty, batch time.Duration
	for i := 0; b.Loop(); i++ {
		time.Sleep(60 * time.Millisecond) // or it would not be a lone save
		begin := time.Now()
		ok(b, os.WriteFile(file, fmt.Append(nil, i), 0o644))
		if _, ok := (<-w.Events()).(Dirty); !ok {
			b.Fatal("want Dirty")
		}
		dirty += time.Since(begin)
		<-w.Events()
		batch += time.Since(begin)
	}
	cancel()
	for range w.Events() {
	}
	<-ended
	b.ReportMetric(float64(bare.Microseconds())/1000/bareRounds, "bare-ms")
	b.ReportMetric(float64(dirty.Microseconds())/1000/float64(b.N), "dirty-ms")
	b.ReportMetric(float64(batch.Microseconds())/1000/float64(b.N), "batch-ms")
}

// BenchmarkHundred reports the time, processor time and memory that a hundred
// Watchers of one project with 1,000 files take until its content is known.
func BenchmarkHundred(b *testing.B) {
	dir := project(b, ".git/HEAD")
	for i := range 1000 {
		write(b, filepath.Join(dir, fmt.Sprintf("d%d/f%d.go", i%100, i)), fmt.Sprint("package x // ", i))
	}
	cpu := func() time.Duration {
		var ru unix.Rusage
		ok(b, unix.Getrusage(unix.RUSAGE_SELF, &ru))
		return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
	}
	var used time.Duration
	var kept uint64
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := cpu()
		ctx, cancel := context.WithCancel(b.Context())
		hub := NewHub()
		var running, known sync.WaitGroup
		for range 100 {
			w, err := hub.Watch(Spec{Root: dir})
			ok(b, err)
			known.Add(1)
			// Both end with ctx.
			running.Go(func() { w.Run(ctx, time.Time{}) })
			running.Go(func() {
				for e := range w.Events() {
					if _, ok := e.(Baseline); ok {
						known.Done()
					}
				}
			})
		}
		known.Wait()
		used += cpu() - began
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept = after.HeapAlloc - before.HeapAlloc
		cancel()
		running.Wait()
	}
	b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms")
	b.ReportMetric(float64(kept)/(1<<20), "kept-MiB")
}
