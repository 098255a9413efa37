package ignore

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestInsideHook has the variables that git sets for a hook of another
// repository.
func TestInsideHook(t *testing.T) {
	isolateGit(t)
	mine, other := t.TempDir(), t.TempDir()
	for dir, excludes := range map[string]string{mine: "/mine", other: "/other"} {
		initRepo(t, dir)
		git(t, dir, "", "config", "core.excludesFile", excludes)
	}
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_WORK_TREE", other)
	t.Setenv("GIT_CONFIG", filepath.Join(other, ".git", "config"))
	if got := askGit(mine).excludes; got != "/mine" {
		t.Errorf("excludes %q; want /mine", got)
	}
}

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "/xdg")
	if got, want := askGit(t.TempDir()), (gitFiles{excludes: filepath.FromSlash("/xdg/git/ignore")}); got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "/home/ada")
	if got, want := askGit(t.TempDir()), (gitFiles{excludes: filepath.FromSlash("/home/ada/.config/git/ignore")}); got != want && filepath.Separator == '/' {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

// TestAskOnce counts how often git runs for a folder. This git never answers
// in one of them.
func TestAskOnce(t *testing.T) {
	if filepath.Separator != '/' {
		t.Skip("needs a shell script for git")
	}
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	write(t, filepath.Join(bin, "git"), "#!/bin/sh\npwd >>"+log+"\ncase $PWD in *hangs) exec /bin/sleep 60 ;; esac\nprintf 'core.excludesfile\\n/asked\\0'\n")
	if err := os.Chmod(filepath.Join(bin, "git"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("XDG_CONFIG_HOME", "/xdg")
	top := t.TempDir()
	want := map[string]string{"a": "/asked", "b": "/asked", "hangs": "/xdg/git/ignore"}
	var c GitConfig
	var wg sync.WaitGroup
	for name, excludes := range want {
		dir := filepath.Join(top, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			wg.Go(func() {
				if got := c.find(dir).excludes; got != excludes {
					t.Errorf("%s: excludes %q; want %q", name, got, excludes)
				}
			})
		}
	}
	wg.Wait()
	text, err := os.ReadFile(log)
	if asked := strings.Count(string(text), "\n"); err != nil || asked != len(want) {
		t.Errorf("git ran %d times, %v; want %d", asked, err, len(want))
	}
}
