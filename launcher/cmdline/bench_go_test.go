//go:build unix

package cmdline

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkSaveGo measures from a save of a Go file to the answer of the new process,
// in turns with go run taken as build and run, and with plain go run, which devrun
// restarts when env(1) starts it. It reports medians, and for how long nobody
// answered.
func BenchmarkSaveGo(b *testing.B) {
	source, err := os.ReadFile("testdata/pidserver/main.go")
	if err != nil {
		b.Fatal(err)
	}
	runs := map[string]*restarter{}
	for name, command := range map[string][]string{"built": {"go", "run", "."}, "plain": {"env", "go", "run", "."}} {
		r := &restarter{dir: b.TempDir(), port: anyPort(b)}
		for file, text := range map[string]string{"main.go": string(source), "go.mod": "module pidserver\n\ngo 1.22\n", "n.go": "package main\n"} {
			if err := os.WriteFile(filepath.Join(r.dir, file), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		r.cmd = exec.Command(mustBuild(b).devrun, append([]string{"--quiet", "--port", fmt.Sprint(r.port), "--"}, command...)...)
		r.start(b)
		runs[name] = r
	}
	took, away := map[string][]time.Duration{}, map[string][]time.Duration{}
	for n := 0; b.Loop(); n++ {
		for name, r := range runs {
			time.Sleep(150 * time.Millisecond) // a lone save
			began := time.Now()
			text := fmt.Sprintf("package main\n\nfunc init() { println(%d) }\n", n)
			if err := os.WriteFile(filepath.Join(r.dir, "n.go"), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
			last := began // when the old process answered last
			poll(b, time.Millisecond, "an answer of the new process", func() bool {
				pid := answeredPID(r.port)
				if pid == r.pid {
					last = time.Now()
				}
				if pid == "" || pid == r.pid {
					return false
				}
				r.pid = pid
				return true
			})
			took[name], away[name] = append(took[name], time.Since(began)), append(away[name], time.Since(last))
		}
	}
	for name := range runs {
		b.ReportMetric(median(took[name]), "ms-"+name)
		b.ReportMetric(median(away[name]), "ms-away-"+name)
	}
	b.ReportMetric(0, "ns/op")
}
