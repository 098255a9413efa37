package cmdline

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestHangs makes devrun hang in different places: it exits within forcedTime after
// a second signal, and none of its processes survives.
func TestHangs(t *testing.T) {
	t.Parallel()
	flood := "{command: fakeservice -spam 1000000000 -pidfile pids, port: none, ready: none, stop: {timeout: 1m}}"
	tests := []struct {
		name   string
		args   []string
		file   string // devrun.yaml
		full   bool   // somebody has the FIFO open, and it takes no more
		hung   func(*testing.T, *hanging)
		signal syscall.Signal
		status int
	}{
		{"environment file", []string{"--env-file", "fifo", "--", "fakeservice"}, "", false, reading, syscall.SIGINT, 0}, // the first signal ends the wait
		{"environment file of the second", nil, "services:\n  a: " + flood + "\n" +
			"  b: {command: fakeservice, port: none, ready: none, env_file: fifo}\n", false, reading, syscall.SIGINT, 0},
		{"log file that nobody opens", []string{"--log-file", "fifo", "--", "fakeservice"}, "", false, catching, syscall.SIGINT, 130},
		{"log file that nobody reads", []string{"--log-level", "debug", "--log-file", "fifo", "--", "fakeservice"}, "", true, printing, syscall.SIGINT, 130},
		{"output of one", nil, "services:\n  a: " + flood + "\n", false, unread, syscall.SIGINT, 130},
		{"output of several", nil, "services:\n  a: " + flood + "\n  b: " + flood + "\n", false, unread, syscall.SIGINT, 130},
		{"smoke, environment file", []string{"smoke", "--timeout", "1m", "--env-file", "fifo", "--", "fakeservice"}, "", false, reading, syscall.SIGHUP, 129},
		{"smoke, report", []string{"smoke", "--junit", "fifo", "--", "fakeservice"}, "", true, writing, syscall.SIGINT, 130},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := hang(t, test.file, test.full, test.args...)
			test.hung(t, h)
			first := time.Now()
			if err := h.cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			// Two signals of a kind that come at the same moment are one.
			again := time.NewTicker(100 * time.Millisecond)
			ended := make(chan struct{})
			// Ends with devrun.
			go func() {
				for {
					select {
					case <-again.C:
						h.cmd.Process.Signal(syscall.SIGINT)
					case <-ended:
						return
					}
				}
			}()
			waitEnd(t, h.cmd)
			close(ended)
			if took := time.Since(first); took > forcedTime+8*time.Second {
				t.Errorf("devrun exited %v after the first signal; want %v after the second", took, forcedTime)
			}
			if got := h.cmd.ProcessState.ExitCode(); got != test.status {
				t.Errorf("devrun ended with %v; want status %d", h.cmd.ProcessState, test.status)
			}
			pids, _ := os.ReadFile(filepath.Join(h.cmd.Dir, "pids"))
			for _, word := range strings.Fields(string(pids)) {
				pid, _ := strconv.Atoi(word)
				eventually(t, "the end of "+word, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
			}
		})
	}
}

// hanging is a devrun whose output nobody reads.
type hanging struct {
	cmd    *exec.Cmd
	output *os.File // of stdout and stderr; not to be read
}

// hang starts devrun in a folder with a FIFO that is called fifo.
func hang(t *testing.T, file string, full bool, args ...string) *hanging {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if full {
		fill(t, fifo)
	}
	if file != "" {
		if err := os.WriteFile(filepath.Join(dir, "devrun.yaml"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd := exec.Command("devrun", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, w, w
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10", "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
		output.Close()
	})
	return &hanging{cmd, output}
}

// fill opens a FIFO for reading, and writes to it until it takes no more.
func fill(t *testing.T, fifo string) {
	t.Helper()
	fd, err := unix.Open(fifo, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	for err == nil {
		_, err = unix.Write(fd, make([]byte, 4096))
	}
}

// catching waits until devrun reads signals. SIGCONT is the last that it asks for,
// and one that the Go runtime does not catch by itself.
func catching(t *testing.T, h *hanging) {
	eventually(t, "devrun to catch signals", func() bool {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
		_, rest, _ := strings.Cut(string(status), "SigCgt:\t")
		set, _, _ := strings.Cut(rest, "\n")
		caught, _ := strconv.ParseUint(set, 16, 64) // proc_pid_status(5)
		return caught&(1<<(syscall.SIGCONT-1)) != 0
	})
}

// writing waits until devrun has opened the FIFO, which takes no more.
func writing(t *testing.T, h *hanging) {
	catching(t, h)
	eventually(t, "devrun to open the FIFO", func() bool {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", h.cmd.Process.Pid))
		return slices.ContainsFunc(links, func(link string) bool {
			path, _ := os.Readlink(link)
			return filepath.Base(path) == "fifo"
		})
	})
}

// reading waits until devrun reads the FIFO, in which it finds nothing.
func reading(t *testing.T, h *hanging) {
	catching(t, h)
	eventually(t, "devrun to open the FIFO", func() bool {
		fd, err := unix.Open(filepath.Join(h.cmd.Dir, "fifo"), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err == nil {
			t.Cleanup(func() { unix.Close(fd) })
		}
		return err == nil
	})
}

// printing waits until devrun has printed a line, which goes to its log file next.
func printing(t *testing.T, h *hanging) { h.prints(t, 1) }

// unread waits until the pipe that devrun writes to takes no more: at least half of
// each of its 16 pages is full, and nothing is added.
func unread(t *testing.T, h *hanging) {
	h.prints(t, 30000)
	last, same := 0, 0
	eventually(t, "a full pipe", func() bool {
		waiting, _ := unix.IoctlGetInt(int(h.output.Fd()), unix.TIOCINQ)
		if same++; waiting != last {
			last, same = waiting, 0
		}
		return same == 100
	})
}

// prints waits until the output of devrun has so many bytes.
func (h *hanging) prints(t *testing.T, bytes int) {
	catching(t, h)
	eventually(t, "output of devrun", func() bool {
		waiting, err := unix.IoctlGetInt(int(h.output.Fd()), unix.TIOCINQ)
		return err == nil && waiting >= bytes
	})
}
