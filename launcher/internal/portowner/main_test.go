package portowner

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// helperVariable makes the test binary a process that tests look at. Its value
// is a word of runHelper and that word's argument.
const helperVariable = "PORTOWNER_TEST_HELPER"

func TestMain(m *testing.M) {
	if task := os.Getenv(helperVariable); task != "" {
		if err := runHelper(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// runHelper does its task, reports it in one line, and ends with its stdin.
func runHelper(task string) error {
	word, argument, _ := strings.Cut(task, " ")
	switch word {
	case "hold": // the descriptors that it has inherited
		fmt.Println("ready")
	case "listen": // on that many ports
		count, err := strconv.Atoi(argument)
		if err != nil {
			return err
		}
		var ports []int
		for range count {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				return err
			}
			defer l.Close()
			ports = append(ports, portOf(l.Addr()))
		}
		json.NewEncoder(os.Stdout).Encode(ports)
	case "lookup": // the owners of a port
		port, err := strconv.Atoi(argument)
		if err != nil {
			return err
		}
		owners, err := Lookup(port)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(owners)
	default:
		return fmt.Errorf("unknown task %q", task)
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// helper is a running helper process.
type helper struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	line   string // the one that it has printed
	end    sync.Once
}

// startHelper starts cmd, an unstarted command of the test binary, on task and
// waits for its line. It ends with the test at the latest.
func startHelper(tb testing.TB, cmd *exec.Cmd, task string) *helper {
	tb.Helper()
	h := launchHelper(tb, cmd, task)
	h.await(tb)
	return h
}

// launchHelper is startHelper without the wait.
func launchHelper(tb testing.TB, cmd *exec.Cmd, task string) *helper {
	tb.Helper()
	cmd.Env = append(os.Environ(), helperVariable+"="+task, "GOMAXPROCS=1", "GORACE=atexit_sleep_ms=10")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	h := &helper{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
	tb.Cleanup(h.stop)
	return h
}

func (h *helper) await(tb testing.TB) {
	tb.Helper()
	var err error
	if h.line, err = h.stdout.ReadString('\n'); err != nil {
		tb.Fatalf("helper %d printed nothing: %v", h.pid(), err)
	}
}

func (h *helper) pid() int { return h.cmd.Process.Pid }

// stop ends the process and waits for it. It is safe to call twice.
func (h *helper) stop() {
	h.end.Do(func() {
		h.stdin.Close()
		h.cmd.Wait()
	})
}

func portOf(addr net.Addr) int { return addr.(*net.TCPAddr).Port }

// listen listens at address until the test ends, and skips the test where the
// machine has no such address.
func listen(tb testing.TB, network, address string) *net.TCPListener {
	tb.Helper()
	l, err := net.Listen(network, address)
	if err != nil && strings.Contains(address, ":") && strings.HasPrefix(address, "[") {
		tb.Skipf("no IPv6: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

func openTable(tb testing.TB) *Table {
	tb.Helper()
	table, err := Open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { table.Close() })
	return table
}
