package portowner

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// crowd starts processes that listen on ten ports each, and returns one of the
// ports. All of it is gone with the benchmark.
func crowd(b *testing.B, processes int) int {
	helpers := make([]*helper, processes)
	for i := range helpers {
		helpers[i] = launchHelper(b, exec.Command(os.Args[0]), "listen 10")
	}
	for _, h := range helpers {
		h.await(b)
	}
	var ports []int
	if err := json.Unmarshal([]byte(helpers[processes/2].line), &ports); err != nil {
		b.Fatal(err)
	}
	return ports[0]
}

// The owner of one port among 5,000 sockets of 500 processes, next to the time
// that ss(8) takes to list them. "Alternating" compares the medians of both, which
// is meaningful even on a busy machine.
func BenchmarkOwnerInCrowd(b *testing.B) {
	port := crowd(b, 500)
	ss, ssErr := exec.LookPath("ss")
	lookup := func(b *testing.B) time.Duration {
		start := time.Now()
		owners, err := Lookup(port)
		took := time.Since(start)
		if err != nil || len(owners) != 1 || owners[0].Process == nil {
			b.Fatalf("got %+v, %v; want one owner", owners, err)
		}
		return took
	}
	list := func(b *testing.B) time.Duration {
		start := time.Now()
		if err := exec.Command(ss, "-ltnp").Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	b.Run("Lookup", func(b *testing.B) {
		for b.Loop() {
			lookup(b)
		}
	})
	b.Run("ss", func(b *testing.B) {
		if ssErr != nil {
			b.Skip(ssErr)
		}
		for b.Loop() {
			list(b)
		}
	})
	b.Run("Alternating", func(b *testing.B) {
		if ssErr != nil {
			b.Skip(ssErr)
		}
		var ours, theirs []time.Duration
		for b.Loop() {
			ours, theirs = append(ours, lookup(b)), append(theirs, list(b))
		}
		b.ReportMetric(float64(median(ours)), "ns/Lookup")
		b.ReportMetric(float64(median(theirs)), "ns/ss")
		b.ReportMetric(float64(median(theirs))/float64(median(ours)), "ss/Lookup")
	})
	b.Run("Port", benchmarkPort(port))
	b.Run("Listeners", benchmarkListeners(port))
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// The cost of a probe that waits for the service's own listener.
func BenchmarkOwnListener(b *testing.B) {
	port := portOf(listen(b, "tcp4", "127.0.0.1:0").Addr())
	b.Run("Port", benchmarkPort(port))
	b.Run("Listeners", benchmarkListeners(port))
	b.Run("OpenBy", func(b *testing.B) {
		for b.Loop() {
			if _, err := OpenBy([]int{os.Getpid()}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Describe", func(b *testing.B) {
		for b.Loop() {
			if _, err := Describe(os.Getpid()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmarkPort(port int) func(b *testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		table := openTable(b)
		for b.Loop() {
			if got, err := table.Port(port); err != nil || len(got) != 1 {
				b.Fatalf("got %+v, %v; want one socket", got, err)
			}
		}
	}
}

func benchmarkListeners(port int) func(b *testing.B) {
	return func(b *testing.B) {
		b.ReportAllocs()
		table := openTable(b)
		for b.Loop() {
			if got, err := table.Listeners(port); err != nil || len(got) != 1 {
				b.Fatalf("got %+v, %v; want one socket", got, err)
			}
		}
	}
}
