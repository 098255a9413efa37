//go:build unix

package cmdline

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSmoke measures, in turns, a smoke run of a server that is ready at
// once: the start and stop of the server alone, by devrun smoke with one check,
// by a loop over curl in bash, and by start-server-and-test where npx has it
// installed. It reports the medians, and the time of each beyond that of the server alone.
func BenchmarkSmoke(b *testing.B) {
	programs, state := mustBuild(b), b.TempDir()
	port := anyPort(b)
	env := append(os.Environ(), "XDG_STATE_HOME="+state, fmt.Sprintf("PORT=%d", port), "HOST=127.0.0.1")
	url := fmt.Sprintf("http://127.0.0.1:%d/healthz", port)
	loop := `"$1" & until curl -sf -o /dev/null "$2"; do sleep 0.01; done; kill $!; wait $!`
	kinds := []struct {
		name string
		argv []string
	}{
		{"devrun", []string{programs.devrun, "smoke", "--get", "/healthz", "--", programs.hello}},
	}
	if _, err := exec.LookPath("curl"); err == nil {
		kinds = append(kinds, struct {
			name string
			argv []string
		}{"bash", []string{"bash", "-c", loop, "bash", programs.hello, url}})
	}
	if tool, err := exec.LookPath("start-server-and-test"); err == nil {
		kinds = append(kinds, struct {
			name string
			argv []string
		}{"sst", []string{tool, programs.hello, url, "true"}})
	}
	var bare []time.Duration
	took, over := make([][]time.Duration, len(kinds)), make([][]time.Duration, len(kinds))
	for b.Loop() {
		alone := startStop(b, port, env, programs.hello)
		bare = append(bare, alone)
		for i, kind := range kinds {
			cmd := exec.Command(kind.argv[0], kind.argv[1:]...)
			cmd.Env, cmd.Dir = env, filepath.Dir(programs.hello)
			began := time.Now()
			out, err := cmd.CombinedOutput()
			d := time.Since(began)
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) || kind.name != "bash" && err != nil {
				b.Fatalf("%s: %v\n%s", kind.name, err, out)
			}
			took[i], over[i] = append(took[i], d), append(over[i], d-alone)
		}
	}
	b.ReportMetric(median(bare), "ms-server")
	for i, kind := range kinds {
		b.ReportMetric(median(took[i]), "ms-"+kind.name)
		b.ReportMetric(median(over[i]), "ms-"+kind.name+"-over")
	}
	b.ReportMetric(0, "ns/op")
}

// startStop is how long a server takes from its start until it lets a connection
// in, and from SIGTERM to its end.
func startStop(b *testing.B, port int, env []string, name string) time.Duration {
	cmd := exec.Command(name)
	cmd.Env = env
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	poll(b, 100*time.Microsecond, fmt.Sprint("a connection to port ", port), func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
