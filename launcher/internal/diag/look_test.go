//go:build unix

package diag

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func write(t testing.TB, path, text string, mode fs.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLookCommand(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	write(t, filepath.Join(one, "plain"), "x", 0o644)
	write(t, filepath.Join(two, "plain"), "x", 0o755)
	write(t, filepath.Join(two, "tool"), "x", 0o755)
	write(t, filepath.Join(one, "data"), "x", 0o644)
	write(t, filepath.Join(dir, "here"), "x", 0o755)
	write(t, filepath.Join(dir, "bin", "deep"), "x", 0o755)
	if err := os.Mkdir(filepath.Join(one, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nonexistent", filepath.Join(one, "dangling")); err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + one + ":" + two
	tests := []struct {
		name, env, want string
		kind            CommandKind
	}{
		{"tool", path, two + "/tool", ""},
		{"plain", path, two + "/plain", ""}, // The first is not executable, the search goes on.
		{"data", path, "", NotExecutable},
		{"folder", path, "", NotFound}, // A folder on PATH is no candidate.
		{"dangling", path, "", NotFound},
		{"none", path, "", NotFound},
		{"here", path, "", NotFound}, // The folder itself is not searched.
		{"here", path + ":", dir + "/here", ""},
		{"here", "PATH=.", dir + "/here", ""},
		{"deep", "PATH=bin", dir + "/bin/deep", ""},
		{"./here", path, dir + "/here", ""},
		{"bin/deep", "", dir + "/bin/deep", ""},
		{"../" + filepath.Base(dir) + "/here", path, dir + "/here", ""},
		{two + "/tool", "PATH=", two + "/tool", ""},
		{"./one", path, "", IsDir},
		{"one/data", path, "", NotExecutable},
		{"./none", path, "", NotFound},
		{"here/none", path, "", NotFound}, // ENOTDIR
		{"", path, "", NotFound},
		{"a\x00b", path, "", NotFound},
		{"sh", "OTHER=1", "/bin/sh", ""}, // No PATH at all.
		{"sh", "PATH=", "", NotFound},
	}
	for _, test := range tests {
		got, err := LookCommand(test.name, dir, []string{"PATH=/nonexistent", test.env})
		if test.name == "sh" {
			got, err = LookCommand(test.name, dir, []string{test.env})
			if test.want != "" && filepath.Base(got) == "sh" {
				got = test.want
			}
		}
		if got != test.want {
			t.Errorf("%q with %q: got %q, %v; want %q", test.name, test.env, got, err, test.want)
		}
		var e *CommandError
		switch {
		case test.kind == "" && err != nil:
			t.Errorf("%q with %q: got %v; want no error", test.name, test.env, err)
		case test.kind != "" && (!errors.As(err, &e) || e.Kind != test.kind):
			t.Errorf("%q with %q: got %v; want %q", test.name, test.env, err, test.kind)
		case test.kind == NotFound && !errors.Is(err, fs.ErrNotExist):
			t.Errorf("%q: got %v; want fs.ErrNotExist", test.name, err)
		case test.kind == NotExecutable && !errors.Is(err, fs.ErrPermission):
			t.Errorf("%q: got %v; want fs.ErrPermission", test.name, err)
		}
	}
}

func TestInspectExecutable(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		mode       fs.FileMode
		kind       CommandKind
		check      func(*CommandError) bool
	}{
		{"script", "#!/bin/sh\n", 0o755, "", nil},
		{"spaces", "#! \t/bin/sh -e \nexit\n", 0o755, "", nil},
		{"unmarked", "#!/bin/sh\n", 0o644, NotExecutable, func(e *CommandError) bool { return e.Mode.Perm() == 0o644 }},
		{"crlf", "#!/bin/sh\r\nexit\r\n", 0o755, BadInterpreter, func(e *CommandError) bool { return e.CRLF && e.Interpreter == "/bin/sh" }},
		{"env-crlf", "#!/usr/bin/env node\r\n", 0o755, BadInterpreter, func(e *CommandError) bool { return e.CRLF && e.Interpreter == "/usr/bin/env" }},
		{"missing", "#!/no/such/python3 -u\n", 0o755, BadInterpreter, func(e *CommandError) bool { return e.Interpreter == "/no/such/python3" && !e.CRLF }},
		{"folder", "#!" + dir + "\n", 0o755, BadInterpreter, func(e *CommandError) bool { return e.Interpreter == dir }},
		{"nothing", "#!\n", 0o755, WrongFormat, func(e *CommandError) bool { return e.NoShebang }},
		{"text", "echo hello\n", 0o755, WrongFormat, func(e *CommandError) bool { return e.NoShebang }},
		{"empty", "", 0o755, WrongFormat, func(e *CommandError) bool { return !e.NoShebang && strings.Contains(e.Format, "empty") }},
		{"windows", "MZ\x90\x00\x03", 0o755, WrongFormat, func(e *CommandError) bool { return strings.Contains(e.Format, "PE") }},
		{"damaged", "\x7fELF\x02\x01\x01", 0o755, WrongFormat, func(e *CommandError) bool { return strings.Contains(e.Format, "damaged") }},
		{"foreign", elfText("", elf.EM_S390), 0o755, WrongFormat, func(e *CommandError) bool { return strings.Contains(e.Format, "s390") }},
		{"musl", elfText("/lib/ld-musl-none.so.1", elf.EM_X86_64), 0o755, BadInterpreter, func(e *CommandError) bool { return e.Loader && e.Interpreter == "/lib/ld-musl-none.so.1" }},
		{"static", elfText("", elf.EM_X86_64), 0o755, "", nil},
	}
	for _, test := range tests {
		if nativeFormat != "ELF" && (strings.HasPrefix(test.text, "\x7fELF") || test.name == "windows") {
			continue
		}
		if strings.HasPrefix(test.text, "\x7fELF") && runtime.GOARCH != "amd64" {
			continue
		}
		path := write(t, filepath.Join(dir, test.name+".x"), test.text, test.mode)
		err := InspectExecutable(path)
		var e *CommandError
		errors.As(err, &e)
		switch {
		case test.kind == "":
			if err != nil {
				t.Errorf("%s: got %v; want nothing wrong", test.name, err)
			}
		case e == nil || e.Kind != test.kind || !test.check(e):
			t.Errorf("%s: got %v (%+v); want %s", test.name, err, e, test.kind)
		}
	}
	for path, kind := range map[string]CommandKind{dir: IsDir, dir + "/none": NotFound} {
		var e *CommandError
		if err := InspectExecutable(path); !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("%s: got %v; want %s", path, err, kind)
		}
	}
	if err := InspectExecutable(self); err != nil {
		t.Errorf("the test binary: got %v; want nothing wrong", err)
	}
}

// TestInspectAgreesWithTheKernel executes what InspectExecutable judges.
func TestInspectAgreesWithTheKernel(t *testing.T) {
	dir := t.TempDir()
	files := map[string]struct {
		text string
		mode fs.FileMode
	}{
		"good": {"#!/bin/sh\nexit 0\n", 0o755}, "crlf": {"#!/bin/sh\r\n", 0o755}, "missing": {"#!/no/such\n", 0o755},
		"mode": {"#!/bin/sh\n", 0o644}, "text": {"exit 0\n", 0o755}, "empty": {"", 0o755}, "musl": {elfText("/lib/ld-musl-none.so.1", elf.EM_X86_64), 0o755},
	}
	for name, file := range files {
		if name == "musl" && (runtime.GOOS != "linux" || runtime.GOARCH != "amd64") {
			continue
		}
		path := write(t, filepath.Join(dir, name), file.text, file.mode)
		err := exec.Command(path).Run()
		if errors.Is(err, syscall.ETXTBSY) {
			continue // Another test's fork still holds the file open for writing.
		}
		if judged := InspectExecutable(path); (judged == nil) != (err == nil) {
			t.Errorf("%s: the kernel says %v, got %v", name, err, judged)
		}
	}
}

// TestLookAsAnotherUser drops root, to whom every file with an x is executable.
func TestLookAsAnotherUser(t *testing.T) {
	const child = "DEVRUN_DIAG_LOOK"
	if path := os.Getenv(child); path != "" {
		var e *CommandError
		if err := InspectExecutable(path); !errors.As(err, &e) || e.Kind != NotExecutable || e.Mode.Perm() != 0o700 {
			t.Fatalf("got %v; want not executable, with the mode", err)
		}
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to run as another user")
	}
	dir, err := os.MkdirTemp("", "diag")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(dir, "tool"), "#!/bin/sh\n", 0o700)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip("needs /proc to copy the test binary")
	}
	// The binary that "go test" builds lies where other users may not look.
	binary := write(t, filepath.Join(dir, "test"), string(self), 0o755)
	cmd := exec.Command(binary, "-test.run=^TestLookAsAnotherUser$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), child+"="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.ETXTBSY) {
		t.Skip("another test's fork holds the binary open")
	}
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("got %v\n%s", err, out)
	}
}

func TestNearest(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "path")
	for _, name := range []string{"python3", "nodejs", "uvicorn", "gunicorn", "cargo", "ls"} {
		write(t, filepath.Join(bin, name), "x", 0o755)
	}
	write(t, filepath.Join(bin, "pythno"), "x", 0o644)
	for _, name := range []string{"myserver", "serve", "node_modules/.bin/vite", ".venv/bin/flask", "cmd/api"} {
		write(t, filepath.Join(dir, name), "x", 0o755)
	}
	env := []string{"PATH=" + bin + ":/nonexistent:" + bin}
	tests := []struct{ name, want string }{
		{"myserver", "./myserver"}, {"mysevrer", "./myserver"}, {"vite", "./node_modules/.bin/vite"}, {"flask", "./.venv/bin/flask"},
		{"python", "python3"}, {"pyhton3", "python3"}, {"node", "nodejs"}, {"Cargo", "cargo"}, {"unicorn", "uvicorn gunicorn"},
		{"sever", "./serve"}, {"xyzzy", ""}, {"l", ""}, {"", ""}, {"./myservr", "./myserver"}, {"cmd/apu", "cmd/api"}, {"cmd/none", ""},
		{"nowhere/api", ""}, {"a\x00", ""},
	}
	for _, test := range tests {
		got := Nearest(test.name, dir, env)
		if test.name == "unicorn" {
			slices.Sort(got)
			slices.Reverse(got)
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%q: got %q; want %q", test.name, text, test.want)
		}
	}
}

func TestCommandProblem(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "run.sh"), "#!/bin/sh\r\n", 0o755)
	write(t, filepath.Join(dir, "plain.sh"), "echo\n", 0o755)
	write(t, filepath.Join(dir, "mode.sh"), "#!/bin/sh\n", 0o644)
	write(t, filepath.Join(dir, "lost.sh"), "#!/no/such/ruby\n", 0o755)
	write(t, filepath.Join(dir, "good.sh"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(dir, "bin", "npm"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(dir, "cmd", "api", "main.go"), "", 0o644)
	env := []string{"PATH=" + filepath.Join(dir, "bin")}
	tests := []struct {
		command, remedies string
		status            int
	}{
		{"./run.sh|-v", `sed -i 's/\r$//' run.sh | git config core.autocrlf input`, 126},
		{"./plain.sh|-v", "sed -i '1i #!/bin/sh' plain.sh | devrun -- sh ./plain.sh -v", 126},
		{"./mode.sh", "chmod +x mode.sh", 126},
		{"./lost.sh|x", "head -n 1 lost.sh | command -v ruby | devrun -- ruby ./lost.sh x", 126},
		{"npm run dev", "devrun -- npm run dev", 127},
		{"npm run 'a b'|c", "devrun -- npm run 'a b' c", 127},
		{"vite --port 3000", "devrun explain command-not-found", 127},
		{"good.sh|a b", "devrun -- ./good.sh 'a b'", 127},
		{"./cmd/api|-x", "ls cmd/api | devrun -- go run ./cmd/api -x", 126},
		{"cd|x", "devrun -- sh -c 'cd x'", 127},
		{"nothing-like-it", "devrun explain command-not-found", 127},
		{"", "devrun explain command-not-found", 127},
		{"./good.sh", "", 0},
	}
	for _, test := range tests {
		f := CommandFacts{Command: strings.Split(test.command, "|"), Dir: dir}
		path, err := LookCommand(f.Command[0], dir, env)
		if err == nil {
			err = InspectExecutable(path)
		}
		if !errors.As(err, &f.Err) {
			if test.status != 0 {
				t.Errorf("%q: nothing wrong; want status %d", test.command, test.status)
			}
			continue
		}
		if f.Err.Kind == NotFound {
			f.Search(env, env)
		}
		p := CommandProblem(f)
		if got := commands(p); got != test.remedies || p.Status != test.status {
			t.Errorf("%q: got %q, status %d; want %q, %d", test.command, got, p.Status, test.remedies, test.status)
		}
		if !errors.As(p.Err, new(*CommandError)) {
			t.Errorf("%q: got cause %v; want a *CommandError", test.command, p.Err)
		}
	}
}

// elfText is a 64-bit ELF header with a PT_INTERP, if loader is not empty, and no
// code at all.
func elfText(loader string, machine elf.Machine) string {
	const headers = 64 + 2*56
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Ehsize: 64, Phentsize: 56, Phoff: 64, Shentsize: 64}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	var b strings.Builder
	var progs []elf.Prog64
	if loader != "" {
		size := uint64(len(loader) + 1)
		progs = append(progs, elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: 4, Off: headers, Filesz: size, Memsz: size},
			elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 5, Vaddr: 0x400000, Filesz: headers + size, Memsz: headers + size, Align: 0x1000})
	}
	h.Phnum = uint16(len(progs))
	_ = binary.Write(&b, binary.LittleEndian, h)
	_ = binary.Write(&b, binary.LittleEndian, progs)
	if loader != "" {
		b.WriteString(loader + "\x00")
	}
	return b.String()
}

func FuzzShebang(f *testing.F) {
	for _, seed := range []string{"#!/bin/sh\n", "#!\r\n", "#! /usr/bin/env -S a b\r\n", "#!", "\x7fELF"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		formatOf(head)
		if name, _ := shebang(head); strings.ContainsAny(name, " \t\n") {
			t.Fatalf("%q: got %q; want one word", head, name)
		}
	})
}

func BenchmarkLookCommand(b *testing.B) {
	env := os.Environ()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := LookCommand("sh", "/", env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	env := os.Environ()
	for b.Loop() {
		Nearest("pyhton", "/", env)
	}
}
