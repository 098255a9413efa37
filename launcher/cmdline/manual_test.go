//go:build unix

package cmdline

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestManual has groff and man read the manual page, without a warning.
func TestManual(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	manual := c.manual()
	path := filepath.Join(t.TempDir(), "devrun.1")
	if err := os.WriteFile(path, []byte(manual), 0o644); err != nil {
		t.Fatal(err)
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed")
	}
	if out, err := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
	cmd := exec.Command(groff, "-man", "-Tutf8", "-P-cbou", path)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := string(regexp.MustCompile(`\s+`).ReplaceAll(out, []byte(" ")))
	for _, want := range []string{
		"DEVRUN(1)", "devrun - run a dev server on a port that is really its own", "--stop-timeout TIME kill processes",
		"devrun logs: print the output of services", `NAME='…', or backticks`, "STATUSES",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, command := range c.app().Commands {
		if !strings.Contains(shown, "devrun "+command.Name) {
			t.Errorf("the page lacks devrun %s", command.Name)
		}
	}
	if man, err := exec.LookPath("man"); err == nil {
		cmd := exec.Command(man, "--warnings", "-l", path)
		cmd.Env = append(os.Environ(), "MANPAGER=cat", "MANWIDTH=80", "LC_ALL=C.UTF-8")
		var warnings bytes.Buffer
		cmd.Stderr = &warnings
		if err := cmd.Run(); err != nil || warnings.Len() > 0 {
			t.Errorf("man: %v\n%s", err, warnings.Bytes())
		}
	}
}
