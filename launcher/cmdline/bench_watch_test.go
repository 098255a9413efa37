//go:build unix

package cmdline

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSave measures from a lone save to the answer of the new process, in
// turns with devrun and with a shell loop over inotifywait, and takes off
// the time that the service alone needs to stop and start. It reports medians.
func BenchmarkSave(b *testing.B) {
	server := buildTestdata(b, "pidserver")
	own := ownRestart(b, server)
	restarters := map[string]*restarter{"devrun": withDevrun(b, b.TempDir(), server)}
	if _, err := exec.LookPath("inotifywait"); err == nil {
		restarters["loop"] = withLoop(b, server)
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, r := range restarters {
			took[name] = append(took[name], r.save(b, "main.go"))
		}
	}
	b.ReportMetric(median(own), "ms-alone")
	for name, list := range took {
		m := median(list)
		b.ReportMetric(m, "ms-"+name)
		b.ReportMetric(m-median(own), "ms-over-"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLargeTree measures, beside an empty folder, the first answer in a
// folder of 100,000 files in 10,000 folders with 50,000 more in node_modules, and
// a save deep in it; and how large devrun is then.
func BenchmarkLargeTree(b *testing.B) {
	server := buildTestdata(b, "pidserver")
	large, empty := b.TempDir(), b.TempDir()
	growTree(b, large, 100, 100, 10)
	growTree(b, filepath.Join(large, "node_modules"), 50, 100, 10)
	var inLarge, inEmpty, saved, savedEmpty []time.Duration
	var memory float64
	for b.Loop() {
		one, other := withDevrun(b, empty, server), withDevrun(b, large, server)
		inEmpty, inLarge = append(inEmpty, one.first), append(inLarge, other.first)
		one.watching(b)
		other.watching(b)
		savedEmpty = append(savedEmpty, one.save(b, "x"))
		saved = append(saved, other.save(b, "d7/d42/f3"))
		memory = max(memory, resident(b, other.cmd.Process.Pid))
		one.stop()
		other.stop()
	}
	b.ReportMetric(median(inEmpty), "ms-first-empty")
	b.ReportMetric(median(inLarge), "ms-first-large")
	b.ReportMetric(median(savedEmpty), "ms-save-empty")
	b.ReportMetric(median(saved), "ms-save-large")
	b.ReportMetric(memory, "MiB")
	b.ReportMetric(0, "ns/op")
}

// growTree makes a×b folders of n files each.
func growTree(b *testing.B, dir string, tops, subs, n int) {
	for i := range tops {
		for j := range subs {
			folder := filepath.Join(dir, fmt.Sprintf("d%d", i), fmt.Sprintf("d%d", j))
			if err := os.MkdirAll(folder, 0o755); err != nil {
				b.Fatal(err)
			}
			for k := range n {
				if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%d", k)), []byte("content\n"), 0o644); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// buildTestdata builds a program that benchmarks use.
func buildTestdata(b *testing.B, name string) string {
	path := filepath.Join(b.TempDir(), name)
	cmd := exec.Command("go", "build", "-o", path, "./testdata/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// ownRestart is how long the service alone needs to stop and start again.
func ownRestart(b *testing.B, server string) []time.Duration {
	port := anyPort(b)
	start := func() *exec.Cmd {
		cmd := exec.Command(server)
		cmd.Env = append(os.Environ(), "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port))
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		return cmd
	}
	cmd := start()
	before := awaitPID(b, port, "")
	var took []time.Duration
	for range 20 {
		began := time.Now()
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		cmd = start()
		before = awaitPID(b, port, before)
		took = append(took, time.Since(began))
	}
	cmd.Process.Kill()
	cmd.Wait()
	return took
}

// restarter is a program that restarts the server for a changed file.
type restarter struct {
	cmd   *exec.Cmd
	dir   string
	port  int
	log   string
	pid   string
	first time.Duration // from its start to the first answer
	saves int
}

func withDevrun(b *testing.B, dir, server string) *restarter {
	r := &restarter{dir: dir, port: anyPort(b), log: filepath.Join(b.TempDir(), "log")}
	r.cmd = exec.Command(mustBuild(b).devrun, "--quiet", "--log-level", "debug", "--log-file", r.log, "--port", fmt.Sprint(r.port), "--", server)
	r.start(b)
	return r
}

func withLoop(b *testing.B, server string) *restarter {
	r := &restarter{dir: b.TempDir(), port: anyPort(b)}
	r.cmd = exec.Command("sh", "-c", `trap 'kill $pid; exit' TERM; "$1" & pid=$!
while inotifywait -qq -e close_write . ; do kill $pid; wait $pid; "$1" & pid=$!; done`, "sh", server)
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.start(b)
	return r
}

func (r *restarter) start(b *testing.B) {
	r.cmd.Dir = r.dir
	r.cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+b.TempDir(), "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", r.port))
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(r.stop)
	r.pid = awaitPID(b, r.port, "")
	r.first = time.Since(began)
}

func (r *restarter) stop() {
	if r.cmd.ProcessState != nil {
		return
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	if r.cmd.SysProcAttr != nil {
		syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	}
	r.cmd.Wait()
}

// watching waits until every folder is watched and the content is known.
func (r *restarter) watching(b *testing.B) {
	poll(b, time.Millisecond, "the tree to be watched", func() bool {
		text, _ := os.ReadFile(r.log)
		return strings.Contains(string(text), "the content of")
	})
}

// save writes a file and waits for the answer of another process. Saves are
// far apart, or they would not be lone ones.
func (r *restarter) save(b *testing.B, file string) time.Duration {
	time.Sleep(150 * time.Millisecond)
	r.saves++
	began := time.Now()
	if err := os.WriteFile(filepath.Join(r.dir, file), fmt.Append(nil, r.saves, time.Now()), 0o644); err != nil {
		b.Fatal(err)
	}
	r.pid = awaitPID(b, r.port, r.pid)
	return time.Since(began)
}

// resident is the memory of a process in MiB.
func resident(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kib float64
	fmt.Sscan(rest, &kib)
	return kib / 1024
}

// awaitPID waits for an answer that is not the one before.
func awaitPID(b *testing.B, port int, before string) (pid string) {
	poll(b, 200*time.Microsecond, "an answer of the new process", func() bool {
		pid = answeredPID(port)
		return pid != "" && pid != before
	})
	return pid
}

// answeredPID is the answer of the process that listens; "" for none.
func answeredPID(port int) string {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return ""
	}
	defer conn.Close()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}
