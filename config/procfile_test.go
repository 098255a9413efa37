package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseProcfile(t *testing.T) {
	text := "# processes\n\nweb: ./server -p $PORT\n  worker_1:   FOO=bar ./worker --x='a: b'  \r\nRelease: cd db && ./migrate\n"
	text += "clock: ./clock 'every day' {port}\nall: ./all *.rb\nlogs: ./l\n-Check_: ./c\n"
	file, err := ParseProcfile(filepath.Join("some", "Procfile"), []byte(text))
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
	logs := service("logs", "Procfile:8", dir)
	logs.Command = []string{"./l"}
	logs.Ready.Checks = []Check{{Kind: CheckNone}}
	check := service("check", "Procfile:9", dir)
	check.Command = []string{"./c"}
	check.Ready.Checks = []Check{{Kind: CheckNone}}
	compare(t, *file, File{
		Path: filepath.Join("some", "Procfile"), Dir: dir, Services: []Service{web, worker, release, clock, all, logs, check}, Smoke: Smoke{Timeout: smokeTimeout},
	})
}

func TestParseProcfileBad(t *testing.T) {
	text := "web: ./a\nno colon here\nWEB: ./b\n-: ./c\n  two words: ./d\n:\nempty:\na/b: ./e\n"
	_, err := ParseProcfile("Procfile", []byte(text))
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
		if _, err := ParseProcfile("Procfile", []byte(text)); !errors.As(err, &wrong) {
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
	file, err := LoadProcfile(path)
	if err != nil || !slices.Equal(file.Services[0].EnvFiles, []string{".env"}) {
		t.Errorf("LoadProcfile = %+v, %v; want the variables of .env", file, err)
	}
	if err := os.Remove(filepath.Join(root, ".env")); err != nil {
		t.Fatal(err)
	}
	file, err = LoadProcfile(path)
	if err != nil || file.Services[0].EnvFiles != nil {
		t.Errorf("LoadProcfile without .env = %+v, %v; want no variables", file, err)
	}
}

func TestParseProcfileHostile(t *testing.T) {
	script := strings.Repeat("$(", maxBytes/2-100)
	file, err := ParseProcfile("Procfile", []byte("web: "+script+"\n"))
	if err != nil || !slices.Equal(file.Services[0].Command, []string{shellPath, "-c", script}) {
		t.Errorf("ParseProcfile of a script too deep to be read: %v; want it as it is", err)
	}
}

func TestIsProcfile(t *testing.T) {
	for path, want := range map[string]bool{
		"Procfile": true, "a/Procfile.dev": true, "Procfile.local": true, "Procfile/devrun.yaml": false, "devrun.yaml": false, "my.Procfile": true,
		"procfile": true, "procfile.dev": true, "dev.procfile": true, "procfile.yaml": false, "procfiles/devrun.yml": false, "my-procfile": false,
	} {
		if got := IsProcfile(path); got != want {
			t.Errorf("IsProcfile(%q) = %v; want %v", path, got, want)
		}
	}
}
