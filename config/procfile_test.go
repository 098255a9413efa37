package config

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseProcfile(t *testing.T) {
	text := "# processes\n\nweb: ./server -p $PORT\n  worker_1:   FOO=bar ./worker --x='a: b'  \r\nRelease: cd db && ./migrate\n"
	text += "clock: ./clock 'every day' {port}\nall: ./all *.rb\n"
	file, err := ParseProcfile(filepath.Join("some", "Procfile"), []byte(text), commands)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("some")
	if err != nil {
		t.Fatal(err)
	}
	web := service("web", "Procfile:3", dir)
	web.Command = []string{shellPath, "-c", "exec ./server -p $PORT"}
	worker := service("worker_1", "Procfile:4", dir)
	worker.Command = []string{shellPath, "-c", "FOO=bar exec ./worker --x='a: b'"}
	worker.Ready.Checks = []Check{{Kind: CheckNone}}
	release := service("release", "Procfile:5", dir)
	release.Command = []string{shellPath, "-c", "cd db && exec ./migrate"}
	release.Ready.Checks = []Check{{Kind: CheckNone}}
	clock := service("clock", "Procfile:6", dir)
	clock.Command = []string{"./clock", "every day", "{port}"}
	clock.Ready.Checks = []Check{{Kind: CheckNone}}
	all := service("all", "Procfile:7", dir)
	all.Command = []string{shellPath, "-c", "exec ./all *.rb"}
	all.Ready.Checks = []Check{{Kind: CheckNone}}
	compare(t, *file, File{
		Path: filepath.Join("some", "Procfile"), Dir: dir, Services: []Service{web, worker, release, clock, all}, Smoke: Smoke{Timeout: smokeTimeout},
	})
}

func TestParseProcfileBad(t *testing.T) {
	text := "web: ./a\nno colon here\nWEB: ./b\nlogs: ./c\n  two words: ./d\n:\nempty:\n-x: ./e\n"
	_, err := ParseProcfile("Procfile", []byte(text), commands)
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("ParseProcfile = %v; want an *Error", err)
	}
	var b strings.Builder
	for _, m := range wrong.Mistakes {
		b.WriteString(strings.TrimPrefix(m.String(), ":") + "\n")
	}
	golden(t, "testdata/bad/Procfile.txt", b.String())
	for _, text := range []string{"", "# nothing\n\n", "web: ./\x00", "web: ./w\xe9b"} {
		if _, err := ParseProcfile("Procfile", []byte(text), nil); !errors.As(err, &wrong) {
			t.Errorf("ParseProcfile(%q) = %v; want an *Error", text, err)
		}
	}
}

func TestLoadProcfileDotenv(t *testing.T) {
	root := tree(t, "Procfile", ".env")
	path := filepath.Join(root, "Procfile")
	if err := os.WriteFile(path, []byte("web: ./web\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := LoadProcfile(path, nil)
	if err != nil || !slices.Equal(file.Services[0].EnvFiles, []string{".env"}) {
		t.Errorf("LoadProcfile = %+v, %v; want the variables of .env", file, err)
	}
	if err := os.Remove(filepath.Join(root, ".env")); err != nil {
		t.Fatal(err)
	}
	file, err = LoadProcfile(path, nil)
	if err != nil || file.Services[0].EnvFiles != nil {
		t.Errorf("LoadProcfile without .env = %+v, %v; want no variables", file, err)
	}
}

func TestParseProcfileHostile(t *testing.T) {
	script := strings.Repeat("$(", maxBytes/2-100)
	file, err := ParseProcfile("Procfile", []byte("web: "+script+"\n"), nil)
	if err != nil || !slices.Equal(file.Services[0].Command, []string{shellPath, "-c", script}) {
		t.Errorf("ParseProcfile of a script too deep to be read: %v; want it as it is", err)
	}
}

// TestWithExec runs each script as it is and with exec, and wants the same
// output and status of both.
func TestWithExec(t *testing.T) {
	tests := []struct{ script, want string }{
		{"./server", "exec ./server"},
		{"ls / >/dev/null", "exec ls / >/dev/null"},
		{">/dev/null ls /", ">/dev/null exec ls /"},
		{"A=1 B=2 env | grep -c '^A=1'", ""},
		{"A='x y' env A2=b sh -c 'echo $A $A2'", "A='x y' exec env A2=b sh -c 'echo $A $A2'"},
		{"cd / && ls -d .", "cd / && exec ls -d ."},
		{"ls -d /nowhere 2>/dev/null || ls -d /", "ls -d /nowhere 2>/dev/null || exec ls -d /"},
		{"ls -d /; ls -d /tmp", "ls -d /; exec ls -d /tmp"},
		{"X=a; sh -c \"echo $X\"", "X=a; exec sh -c \"echo $X\""},
		{"cat <<E\nhere\nE\n", "exec cat <<E\nhere\nE\n"},
		{"echo hi", ""},
		{"cd /", ""},
		{"exec ls -d /", ""},
		{"ls -d / | cat", ""},
		{"! ls -d /nowhere 2>/dev/null", ""},
		{"(ls -d /)", ""},
		{"if true; then ls -d /; fi", ""},
		{"f() { echo f; }; f", ""},
		{"trap 'echo bye' EXIT; ls -d /", ""},
		{"sleep 0 &", ""},
		{"LS=ls; $LS -d /", ""},
		{"A=1", ""},
		{"# nothing", ""},
		{"'", ""},
	}
	sh, err := exec.LookPath("sh")
	for _, test := range tests {
		want := test.want
		if want == "" {
			want = test.script
		}
		got := withExec(test.script)
		if got != want {
			t.Errorf("withExec(%q) = %q; want %q", test.script, got, want)
		}
		if err != nil || got == test.script {
			continue
		}
		plain, plainErr := exec.Command(sh, "-c", test.script).Output()
		with, withErr := exec.Command(sh, "-c", got).Output()
		if string(plain) != string(with) || (plainErr == nil) != (withErr == nil) {
			t.Errorf("%q prints %q, %v; with exec %q, %v", test.script, plain, plainErr, with, withErr)
		}
	}
}

// TestWithExecReplacesShell makes sure that no shell stays.
func TestWithExecReplacesShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh here")
	}
	out, err := exec.Command(sh, "-c", "echo $$; "+withExec(`cd / && A=1 sh -c 'echo $$'`)).Output()
	if pids := strings.Fields(string(out)); err != nil || len(pids) != 2 || pids[0] != pids[1] {
		t.Errorf("the shell and its command print the pids %q, %v; want one pid twice", out, err)
	}
}
