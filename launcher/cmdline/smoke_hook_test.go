//go:build unix

package cmdline

import (
	"devrun/config/words"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smokeHook is a hook that smokes the Go example, started by a script that may
// do something first.
func smokeHook(t *testing.T, before string, flags ...string) hook {
	t.Helper()
	programs := mustBuild(t)
	argv := append([]string{programs.devrun, "smoke"}, flags...)
	script := "exec " + words.Join([]string{programs.hello})
	if before != "" {
		script = before + "; " + script
	}
	return hook{Argv: append(argv, "--name", "hello", "--", "sh", "-c", script), Verbose: true}
}

// await reads a file once it is there and has as many words.
func await(t *testing.T, path string, words int) []string {
	t.Helper()
	var fields []string
	poll(t, 5*time.Millisecond, path, func() bool {
		text, _ := os.ReadFile(path)
		fields = strings.Fields(string(text))
		return len(fields) >= words && strings.HasSuffix(string(text), "\n")
	})
	return fields
}

// A commit is made when the smoke run passes, whichever way it comes, and the
// work tree is as it was.
func TestSmokeHookPasses(t *testing.T) {
	t.Parallel()
	h := newHooked(t, smokeHook(t, "", "--get", "/healthz", "--expect", "200"))
	passes := func(h *hooked, want string, commit func() (string, int)) {
		t.Helper()
		out, status := commit()
		if status != 0 || !strings.Contains(out, "\nsmoke ok: hello ready ") || h.commits() != want {
			t.Errorf("status %d, %s commits; want 0 and %s, and the line of success in:\n%s", status, h.commits(), want, out)
		}
	}
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	passes(h, "2", func() (string, int) { return h.commit() })

	h.write("a.txt", "two\n")
	passes(h, "3", h.commitAll)

	h.write("b.txt", "staged\n")
	h.must("git", "add", "b.txt")
	h.write("a.txt", "not staged\n")
	passes(h, "4", func() (string, int) { return h.commit() })
	if got, want := h.must("git", "status", "--porcelain"), " M a.txt\n"; got != want {
		t.Errorf("git status is %q after the commit; want %q", got, want)
	}

	linked := h.linked()
	linked.write("c.txt", "one\n")
	linked.must("git", "add", "c.txt")
	passes(linked, "5", func() (string, int) { return linked.commit() })
	if got := linked.must("git", "status", "--porcelain"); got != "" {
		t.Errorf("git status is %q in the linked work tree; want it empty", got)
	}
}

// A smoke run that fails prevents the commit, and prints the details.
func TestSmokeHookFails(t *testing.T) {
	t.Parallel()
	h := newHooked(t, smokeHook(t, "echo I am the server", "--get", "/healthz", "--expect", "418"))
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	out, status := h.commit()
	if status != 1 || h.commits() != "1" {
		t.Errorf("status %d, %s commits; want 1 and still 1", status, h.commits())
	}
	for _, want := range []string{"- exit code: 7\n", "smoke failed: the check failed: GET /healthz of hello", "expected  status 418\n", "got       200 OK\n", "| I am the server\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// What a server leaves in the background, in a session of its own and with the
// hook's output open, does not keep the commit waiting.
func TestSmokeHookBackground(t *testing.T) {
	t.Parallel()
	pids := filepath.Join(t.TempDir(), "pids")
	before := "(trap '' TERM HUP; exec setsid sh -c 'echo $$ >" + pids + "; exec sleep 1000') & sleep 1000 &"
	h := newHooked(t, smokeHook(t, before+" while ! test -s "+pids+"; do sleep 0.01; done", "--stop-timeout", "200ms"))
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	if out, status := h.commit(); status != 0 {
		t.Errorf("status %d; want 0:\n%s", status, out)
	}
	pid, err := strconv.Atoi(await(t, pids, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
}

// git's own variables reach neither the service nor a check, nor what an ordinary
// run starts inside a hook.
func TestSmokeHookEnvironment(t *testing.T) {
	t.Parallel()
	for name, argv := range map[string]func(file string) []string{
		"service": func(file string) []string { return smokeHook(t, "env >"+file).Argv },
		"check":   func(file string) []string { return smokeHook(t, "", "--exec", "sh -c 'env >"+file+"'").Argv },
		"run": func(file string) []string {
			return []string{mustBuild(t).devrun, "--no-watch", "--ready", "none", "--", "sh", "-c", "env >" + file}
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "env")
			h := newHooked(t, hook{Argv: argv(file)})
			linked := h.linked() // where git sets GIT_DIR, too
			linked.write(".pre-commit-config.yaml", linked.read(".pre-commit-config.yaml")+"\n")
			if out, status := linked.commitAll(); status != 0 {
				t.Fatalf("status %d; want 0:\n%s", status, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "PRE_COMMIT=1\n") {
				t.Errorf("no PRE_COMMIT in:\n%s", text)
			}
			for line := range strings.Lines(string(text)) {
				if strings.HasPrefix(line, "GIT_DIR=") || strings.HasPrefix(line, "GIT_INDEX_FILE=") {
					t.Errorf("got %q; want it scrubbed", line)
				}
			}
		})
	}
}

// A hook whose caller is killed gets no signal, but ends all the same.
func TestSmokeHookOrphaned(t *testing.T) {
	t.Parallel()
	pids := filepath.Join(t.TempDir(), "pids")
	h := newHooked(t, smokeHook(t, "echo $$ $PPID >"+pids, "--timeout", "10m", "--exec", "sleep 1000"))
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	commit := h.command(t.Context(), "git", "commit", "-m", "change")
	if err := commit.Start(); err != nil {
		t.Fatal(err)
	}
	words := await(t, pids, 2)
	service, err := strconv.Atoi(words[0])
	if err != nil {
		t.Fatal(err)
	}
	devrun, err := strconv.Atoi(words[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(parentOf(t, devrun), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	gone(t, devrun)
	gone(t, service)
	if err := commit.Wait(); err == nil {
		t.Error("the commit was made; want it refused")
	}
}

// A plain hook of git, as husky has it, needs nothing but the line.
func TestSmokeHookPlain(t *testing.T) {
	t.Parallel()
	h := newRepository(t)
	script := func(flags ...string) {
		t.Helper()
		text := "#!/bin/sh\n" + words.Join(smokeHook(t, "", flags...).Argv) + "\n"
		if err := os.WriteFile(filepath.Join(h.dir, ".git", "hooks", "pre-commit"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	script("--get", "/healthz", "--expect", "418")
	if out, status := h.commit(); status != 1 || !strings.Contains(out, "smoke failed: ") {
		t.Errorf("status %d; want 1 and the failure in:\n%s", status, out)
	}
	script("--get", "/healthz")
	if out, status := h.commit(); status != 0 || !strings.Contains(out, "smoke ok: ") || h.commits() != "1" {
		t.Errorf("status %d; want 0 and the line of success in:\n%s", status, out)
	}
}

// parentOf is field 4 of proc_pid_stat(5).
func parentOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	parent, err := strconv.Atoi(fields[1])
	if err != nil || parent < 2 {
		t.Fatalf("the parent of %d is %d, %v; want a process of this test", pid, parent, err)
	}
	return parent
}
