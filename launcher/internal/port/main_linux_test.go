package port

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// helperEnv names the task of a re-executed test binary, which runs no tests.
const helperEnv = "PORT_TEST_HELPER"

// helpers are the programs that tests start. Each prints lines, and ends when
// its stdin does.
var helpers = map[string]func(args []string) error{
	"reserve": helpReserve,
	"many":    helpMany,
	"listen":  helpListen,
	"wait":    helpWait,
}

func TestMain(m *testing.M) {
	if run, ok := helpers[os.Getenv(helperEnv)]; ok {
		if err := run(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child is a started program whose stdout is read by lines. It is stopped at
// the end of the test.
type child struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
}

// startHelper starts this binary as one of helpers.
func startHelper(t testing.TB, name string, args ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), helperEnv+"="+name, "GORACE=atexit_sleep_ms=0")
	return start(t, cmd)
}

func start(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	t.Cleanup(c.kill)
	return c
}

// line returns the next line that the child prints.
func (c *child) line(t testing.TB) string {
	t.Helper()
	line, err := c.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: output ended: %v", c.cmd.Args, err)
	}
	return strings.TrimSpace(line)
}

// stop lets a helper end by itself and waits for it.
func (c *child) stop(t testing.TB) {
	t.Helper()
	c.stdin.Close()
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("%v: %v", c.cmd.Args, err)
	}
}

// kill ends the child with SIGKILL and waits until it is gone.
func (c *child) kill() {
	c.cmd.Process.Kill() // fails if it has been waited for
	c.cmd.Wait()
}

// untilStdinEnds keeps a helper alive for as long as its test wants it.
func untilStdinEnds() error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func helpWait([]string) error {
	fmt.Println("ok")
	return untilStdinEnds()
}
