package logs

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const namespaceEnv = "LOGS_TEST_NAMESPACE"

// TestFullDisk fills a small file system of its own, in a mount namespace.
func TestFullDisk(t *testing.T) {
	if os.Getenv(namespaceEnv) == "" {
		if os.Geteuid() != 0 {
			t.Skip("a mount namespace needs root")
		}
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), namespaceEnv+"=1", "GORACE=atexit_sleep_ms=0")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, unix.EPERM) {
			t.Skipf("a mount namespace is not permitted: %v", err)
		}
		if err != nil {
			t.Errorf("in a mount namespace: %v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 128<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	reports := make(chan error, 10)
	j := open(t, filepath.Join(dir, "logs"), "api", Options{OnError: func(err error) { reports <- err }})
	line := strings.Repeat("x", 999) + "\n"
	write(t, j.stream(Out), strings.Repeat(line, 200))
	if err := <-reports; !errors.Is(err, unix.ENOSPC) {
		t.Errorf("reported %v; want ENOSPC", err)
	}
	for range 100 {
		write(t, j.stream(Out), line)
	}
	tried(t, j)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	write(t, j.stream(Out), "room again\n")
	if err := j.Close(); err != nil {
		t.Errorf("Close: %v; want nil, since there is room", err)
	}
	if len(reports) > 0 {
		t.Errorf("reported again: %v", <-reports)
	}
	all := read(t, filepath.Join(dir, "logs"), []string{"api"}, Query{})
	if !strings.Contains(all, "bytes of the log are missing here: it could not be written\n") || !strings.HasSuffix(all, "\napi out room again\n") {
		t.Errorf("the log ends with %q; want how much is missing, and what came then", all[max(0, len(all)-300):])
	}
}
