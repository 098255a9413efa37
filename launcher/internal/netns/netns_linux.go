package netns

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const namespaceEnv = "DEVRUN_TEST_NAMESPACE"

// In runs the calling test once more in a process of its own, within a new
// network namespace whose loopback interface is up. It returns true there, and
// false in the outer process when that one has passed.
func In(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceEnv) == t.Name() {
		loopbackUp(t)
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("a network namespace needs root")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), namespaceEnv+"="+t.Name(), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM):
		t.Skipf("a network namespace is not permitted: %v", err)
	case err != nil:
		t.Errorf("in a network namespace: %v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("in a network namespace: %s", out)
	}
	return false
}

func loopbackUp(t testing.TB) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		t.Fatal(err)
	}
}

// Tool runs a program of the system. Without it the test is skipped, or fails
// where DEVRUN_TEST_REAL=1 demands every program.
func Tool(t *testing.T, stdin, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("DEVRUN_TEST_REAL") != "1":
		t.Skipf("%s is not installed", name)
	case err != nil:
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// Rules replaces the namespace's packet filter; each line is a rule of its output
// chain.
func Rules(t *testing.T, lines ...string) {
	t.Helper()
	Tool(t, "", "nft", "flush", "ruleset")
	Tool(t, "table inet filter {\nchain out {\ntype filter hook output priority 0\n"+strings.Join(lines, "\n")+"\n}\n}\n", "nft", "-f", "-")
}
