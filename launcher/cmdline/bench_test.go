//go:build unix

package cmdline

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkFirstAnswer measures from the start of a program to the first answer
// of its service, in turns: a bare program that only starts the service, and
// devrun. It reports the medians and the
// median difference of the pairs.
func BenchmarkFirstAnswer(b *testing.B) {
	programs := mustBuild(b)
	floor := filepath.Join(b.TempDir(), "floor")
	if out, err := exec.Command("go", "build", "-o", floor, "./testdata/floor").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	state, port := b.TempDir(), anyPort(b)
	env := append(os.Environ(), "XDG_STATE_HOME="+state, fmt.Sprintf("PORT=%d", port), "HOST=127.0.0.1")
	var bare, devrun, over []time.Duration
	for b.Loop() {
		x := firstAnswer(b, port, env, floor, programs.hello)
		y := firstAnswer(b, port, env, programs.devrun, "--quiet", "--port", fmt.Sprint(port), "--", programs.hello)
		bare, devrun, over = append(bare, x), append(devrun, y), append(over, y-x)
	}
	b.ReportMetric(median(bare), "ms-bare")
	b.ReportMetric(median(devrun), "ms-devrun")
	b.ReportMetric(median(over), "ms-over")
	b.ReportMetric(0, "ns/op")
}

// anyPort is a port that is free now.
func anyPort(tb testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// firstAnswer starts a command and returns how long it took until the port
// answered. It ends the command again.
func firstAnswer(b *testing.B, port int, env []string, name string, args ...string) time.Duration {
	cmd := exec.Command(name, args...)
	cmd.Env = env
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	request := []byte("GET /healthz HTTP/1.0\r\n\r\n")
	buf := make([]byte, 512)
	poll(b, 100*time.Microsecond, fmt.Sprint("a connection to port ", port), func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		conn.Write(request)
		n, err := conn.Read(buf)
		conn.Close()
		if err != nil || n == 0 {
			b.Fatalf("no answer: %v", err)
		}
		return true
	})
	took := time.Since(began)
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	return took
}

// median is in milliseconds.
func median(list []time.Duration) float64 {
	slices.Sort(list)
	return float64(list[len(list)/2].Microseconds()) / 1000
}
