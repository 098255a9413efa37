//go:build unix

package cmdline

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLayers measures from the start of a hundred services until all of them
// answer, and from SIGINT until all are gone, in turns: in ten layers behind
// devrun, which waits for each layer to be ready; by a plain loop, which waits for
// nothing; by a loop that waits for each layer to listen; and, where it is
// installed, by foreman, which waits for nothing. It reports medians, and how
// much memory devrun has at most.
func BenchmarkLayers(b *testing.B) {
	server, dir, state := buildTestdata(b, "pidserver"), b.TempDir(), b.TempDir()
	mustBuild(b) // not measured
	layeredFile(b, dir, server)
	starters := map[string]func() *crowd{
		"devrun": func() *crowd { return layersBehindDevrun(b, dir, state) },
		"loop":   func() *crowd { return loopOver(b, server, len(allLayers())) },
		"layers": func() *crowd { return loopOver(b, server, perLayer) },
	}
	if foreman, err := exec.LookPath("foreman"); err == nil {
		starters["foreman"] = func() *crowd { return withForeman(b, foreman, server) }
	}
	up, down, memory := map[string][]time.Duration{}, map[string][]time.Duration{}, 0.0
	for b.Loop() {
		for name, start := range starters {
			c := start()
			up[name] = append(up[name], c.up)
			if name == "devrun" {
				memory = max(memory, resident(b, c.cmds[0].Process.Pid))
			}
			down[name] = append(down[name], c.end(b))
		}
	}
	for name := range starters {
		b.ReportMetric(median(up[name]), "ms-up-"+name)
		b.ReportMetric(median(down[name]), "ms-down-"+name)
	}
	b.ReportMetric(memory, "MiB")
	b.ReportMetric(0, "ns/op")
}

// crowd is a hundred services that answer.
type crowd struct {
	cmds  []*exec.Cmd
	ports []int
	up    time.Duration
}

// end interrupts the services, and returns how long they took to end.
func (c *crowd) end(b *testing.B) time.Duration {
	began := time.Now()
	for _, cmd := range c.cmds {
		cmd.Process.Signal(syscall.SIGINT)
	}
	for _, cmd := range c.cmds {
		cmd.Wait()
	}
	took := time.Since(began)
	for _, port := range c.ports {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			b.Fatalf("port %d still answers after the end", port)
		}
	}
	return took
}

// awaitPort waits until a service on port has sent something.
func awaitPort(b *testing.B, port int) {
	poll(b, time.Millisecond, fmt.Sprint("an answer from port ", port), func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		defer conn.Close()
		// A port that is still free may have been connected to itself.
		conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
		n, _ := conn.Read(make([]byte, 16))
		return n > 0
	})
}

// layersBehindDevrun runs the services of dir until devrun calls all ready.
func layersBehindDevrun(b *testing.B, dir, state string) *crowd {
	began := time.Now()
	s := launch(b, dir, state)
	c := &crowd{}
	for _, e := range s.ready(allLayers()...) {
		c.ports = append(c.ports, e.Port)
	}
	c.up = time.Since(began)
	go func() { // ends with devrun
		for s.events.Scan() {
		}
	}()
	c.cmds = []*exec.Cmd{s.cmd}
	return c
}

// awaited starts a command that starts the services, and waits for them to
// answer.
func awaited(b *testing.B, cmd *exec.Cmd, ports []int) *crowd {
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for _, port := range ports {
		awaitPort(b, port)
	}
	return &crowd{cmds: []*exec.Cmd{cmd}, ports: ports, up: time.Since(began)}
}

// loopOver starts the services, and waits after each group of them for it to
// answer.
func loopOver(b *testing.B, server string, group int) *crowd {
	c := &crowd{}
	for range allLayers() {
		c.ports = append(c.ports, anyPort(b))
	}
	began := time.Now()
	for i, port := range c.ports {
		cmd := exec.Command(server)
		cmd.Env = append(os.Environ(), "HOST=127.0.0.1", fmt.Sprint("PORT=", port))
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		c.cmds = append(c.cmds, cmd)
		if first := i + 1 - group; (i+1)%group == 0 {
			for _, port := range c.ports[first : i+1] {
				awaitPort(b, port)
			}
		}
	}
	c.up = time.Since(began)
	return c
}

// withForeman runs the services by a Procfile. foreman gives each a port that
// is a hundred above the one before, even if that is taken.
func withForeman(b *testing.B, foreman, server string) *crowd {
	ports := freeLadder(b, len(allLayers()), 100)
	dir := b.TempDir()
	var lines strings.Builder
	for _, name := range allLayers() {
		fmt.Fprintf(&lines, "%s: exec %s\n", name, server)
	}
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), []byte(lines.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(foreman, "start", "--port", fmt.Sprint(ports[0]))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOST=127.0.0.1")
	return awaited(b, cmd, ports)
}

// freeLadder is n ports, each a step above the one before, which are free now.
func freeLadder(b *testing.B, n, step int) []int {
next:
	for first := 20000; first < 32000-(n-1)*step; first++ {
		var ports []int
		for i := range n {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+i*step))
			if err != nil {
				continue next
			}
			l.Close()
			ports = append(ports, first+i*step)
		}
		return ports
	}
	b.Fatal("no such ports are free")
	return nil
}
