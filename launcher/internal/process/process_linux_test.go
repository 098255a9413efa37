package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStatus(t *testing.T) {
	for _, script := range []string{
		"exit 0", "exit 7", "exit 255",
		"kill -TERM $$", "kill -KILL $$", "kill -SEGV $$", "ulimit -c 0; kill -ABRT $$", "kill -HUP $$",
	} {
		t.Run(script, func(t *testing.T) {
			clean(t)
			bare := exec.Command("/bin/sh", "-c", script)
			bare.Dir = t.TempDir()
			_ = bare.Run()
			ws := bare.ProcessState.Sys().(syscall.WaitStatus)
			s := spec(script)
			s.Dir = t.TempDir()
			p := start(t, s)
			wait(t, p.Exited(), "the end")
			got, shell := p.Status(), ws.ExitStatus()
			if ws.Signaled() {
				shell = 128 + int(ws.Signal())
			}
			if got.Shell() != shell || got.CoreDumped != ws.CoreDump() || (got.Signal != 0) != ws.Signaled() {
				t.Errorf("got %v, shell %d, core %v; want %d, %v", got, got.Shell(), got.CoreDumped, shell, ws.CoreDump())
			}
			if got.Success() != (shell == 0) {
				t.Errorf("success: got %v for %v", got.Success(), got)
			}
			if report := p.Stop(t.Context(), StopSpec{Signal: unix.SIGTERM, Timeout: time.Hour}); len(report.Killed) > 0 {
				t.Errorf("killed: got %v; want none", report.Killed)
			}
			if p.Status() != got {
				t.Errorf("status after stop: got %v; want %v", p.Status(), got)
			}
		})
	}
}

func TestStatusString(t *testing.T) {
	for _, test := range []struct {
		status Status
		want   string
	}{
		{Status{}, "status 0"},
		{Status{Code: 7}, "status 7"},
		{Status{Code: -1, Signal: unix.SIGTERM}, "signal SIGTERM (terminated)"},
		{Status{Code: -1, Signal: unix.SIGSEGV, CoreDumped: true}, "signal SIGSEGV (segmentation fault, core dumped)"},
	} {
		if got := test.status.String(); got != test.want {
			t.Errorf("got %q; want %q", got, test.want)
		}
	}
}

func TestOutputIsExact(t *testing.T) {
	clean(t)
	var out, errs bytes.Buffer
	s := spec(`printf 'a\0b\r\n\n'; printf 'x\n\0' >&2; printf 'the last line'`)
	s.Stdout, s.Stderr = &out, &errs
	p := start(t, s)
	wait(t, p.Drained(), "the end of output")
	if got, want := out.String(), "a\x00b\r\n\nthe last line"; got != want {
		t.Errorf("stdout: got %q; want %q", got, want)
	}
	if got, want := errs.String(), "x\n\x00"; got != want {
		t.Errorf("stderr: got %q; want %q", got, want)
	}
	if err := p.OutputError(); err != nil {
		t.Errorf("got %v; want no error", err)
	}
}

// checker compares a stream with the pattern of playFlood.
type checker struct{ n, wrong int }

func (c *checker) Write(p []byte) (int, error) {
	if !bytes.Equal(p, pattern[c.n%patternSize:][:len(p)]) {
		c.wrong++
	}
	c.n += len(p)
	return len(p), nil
}

func TestFloodTakesNoMemory(t *testing.T) {
	clean(t)
	const size = 64 << 20
	var got checker
	s := spec("")
	s.Path, s.Argv = self(t), []string{"flood"}
	s.Env = append(s.Env, roleEnv+"=flood", fmt.Sprintf("N=%d", size))
	s.Stdout = &got
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p := start(t, s)
	wait(t, p.Drained(), "the end of output")
	runtime.ReadMemStats(&after)
	if got.n != size || got.wrong > 0 {
		t.Errorf("got %d bytes, %d pieces of them wrong; want %d", got.n, got.wrong, size)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("allocated %d bytes for it; want less than 1 MiB", grown)
	}
}

// full takes some bytes, then fails.
type full struct {
	room int
	err  error
}

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestReaderGone(t *testing.T) {
	clean(t)
	s := spec("exec yes")
	s.Stdout = &full{1 << 16, &os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}}
	p := start(t, s)
	wait(t, p.Exited(), "the end")
	wait(t, p.Drained(), "the end of output")
	if got := p.Status().Signal; got != unix.SIGPIPE {
		t.Errorf("got %v; want SIGPIPE", p.Status())
	}
	if err := p.OutputError(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v; want EPIPE", err)
	}
}

func TestNoWriter(t *testing.T) {
	clean(t)
	p := start(t, spec("echo out; echo err >&2"))
	wait(t, p.Exited(), "the end")
	if got := p.Status(); !got.Success() {
		t.Errorf("got %v; want success", got)
	}
}

func TestStdin(t *testing.T) {
	clean(t)
	file := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, test := range []struct {
		in   *os.File
		want string
	}{{nil, "/dev/null:"}, {in, file + ":hello"}} {
		var out bytes.Buffer
		s := spec("readlink /proc/$$/fd/0 | tr '\\n' :; cat")
		s.Stdin, s.Stdout = test.in, &out
		p := start(t, s)
		wait(t, p.Drained(), "the end of output")
		if out.String() != test.want {
			t.Errorf("got %q; want %q", out.String(), test.want)
		}
		p.Stop(t.Context(), StopSpec{})
	}
}

// A command has the same files open as with os/exec, and its streams block.
func TestStreamsOfCommand(t *testing.T) {
	clean(t)
	const script = `cd /proc/$$/fd; echo *; cd ../fdinfo; cat 0 1 2`
	bare, err := exec.Command("/bin/sh", "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := spec(script)
	s.Stdout = &out
	p := start(t, s)
	wait(t, p.Drained(), "the end of output")
	want, _, _ := strings.Cut(string(bare), "\n")
	got, info, _ := strings.Cut(out.String(), "\n")
	if got != want {
		t.Errorf("descriptors: got %q; want %q", got, want)
	}
	for line := range strings.Lines(info) {
		var bits int
		if n, _ := fmt.Sscanf(line, "flags: %o", &bits); n == 1 && bits&unix.O_NONBLOCK != 0 {
			t.Errorf("got %q; want no O_NONBLOCK", line)
		}
	}
}

func TestStartError(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	text := filepath.Join(dir, "text")
	script := filepath.Join(dir, "script")
	for path, content := range map[string]string{file: "", text: "no program", script: "#!/no/such/interpreter\n"} {
		mode := fs.FileMode(0o755)
		if path == file {
			mode = 0o644
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, path, dir string
		op, at          string
		err             error
	}{
		{"folder is gone", "/bin/true", dir + "/none", OpChdir, dir + "/none", fs.ErrNotExist},
		{"folder is a file", "/bin/true", file, OpChdir, file, syscall.ENOTDIR},
		{"no such command", dir + "/none", "", OpExec, dir + "/none", fs.ErrNotExist},
		{"not executable", file, "", OpExec, file, fs.ErrPermission},
		{"a folder", dir, dir, OpExec, dir, fs.ErrPermission},
		{"no format", text, dir, OpExec, text, syscall.ENOEXEC},
		{"no interpreter", script, dir, OpExec, script, fs.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			clean(t)
			p, err := reaper.Start(Spec{Path: test.path, Argv: []string{test.path}, Dir: test.dir, Stdout: io.Discard})
			var got *StartError
			if !errors.As(err, &got) || got.Op != test.op || got.Path != test.at || !errors.Is(err, test.err) {
				t.Errorf("got %v, %#v; want %s of %s: %v", p, err, test.op, test.at, test.err)
			}
		})
	}
}

func TestStartInForbiddenFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	clean(t)
	dir, err := os.MkdirTemp("/tmp", "process-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := "/proc/self/fd/3"
	exe, err := os.Open(self(t))
	if err != nil {
		t.Fatal(err)
	}
	defer exe.Close()
	cmd := exec.Command(binary)
	cmd.ExtraFiles = []*os.File{exe}
	cmd.Env = []string{roleEnv + "=stranger", "DIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != OpChdir {
		t.Errorf("got %q, %v; want %q", got, err, OpChdir)
	}
}

func BenchmarkStart(b *testing.B) {
	clean(b)
	for b.Loop() {
		p, err := reaper.Start(spec("exit 0"))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		p.Stop(b.Context(), StopSpec{})
		b.StartTimer()
	}
}

// A stdin that is kept open neither delivers anything nor ends before Stop.
func TestOpenStdin(t *testing.T) {
	clean(t)
	out := newLines()
	s := spec(`echo ready; read -r line; echo ended`)
	s.Stdout, s.OpenStdin = out, true
	p := start(t, s)
	out.next(t)
	idle(t, p.PID())
	terminate(t, p)
	if len(out.c) > 0 {
		t.Errorf("got %q; want stdin to stay open", out.next(t))
	}
	if _, err := p.input.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("our end after Stop: got %v; want it closed", err)
	}
}
