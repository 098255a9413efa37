package gitenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestScrub(t *testing.T) {
	env := []string{
		"PATH=/bin", "GIT_DIR=/x/.git", "GIT_AUTHOR_NAME=Ada", "GIT_INDEX_FILE=/x/.git/index.lock", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=user.name", "GIT_CONFIG_VALUE_0=Ada", "GIT_CONFIG_KEY_FILE=mine", "GIT_CONFIG_VALUE_=mine",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_DIRECTORY=mine", "MY_GIT_DIR=mine", "GIT_DIR", "X=GIT_DIR=1", "",
	}
	before := slices.Clone(env)
	want := []string{
		"PATH=/bin", "GIT_AUTHOR_NAME=Ada", "GIT_CONFIG_KEY_FILE=mine", "GIT_CONFIG_VALUE_=mine",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_DIRECTORY=mine", "MY_GIT_DIR=mine", "X=GIT_DIR=1", "",
	}
	if got := Scrub(env); !slices.Equal(got, want) {
		t.Errorf("Scrub = %q; want %q", got, want)
	}
	if !slices.Equal(env, before) {
		t.Errorf("Scrub changed its argument to %q", env)
	}
}

// realGit returns the path of git. Without git the test is skipped, or fails
// where all tools are required.
func realGit(t *testing.T) string {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil && os.Getenv("DEVRUN_TEST_REAL") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return git
}

// Scrub removes every variable that the installed git lists.
func TestScrubKnowsAllOfGit(t *testing.T) {
	out, err := exec.Command(realGit(t), "rev-parse", "--local-env-vars").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(out))
	if len(names) < 10 {
		t.Fatalf("git names %d variables; want at least 10", len(names))
	}
	for _, name := range names {
		if got := Scrub([]string{name + "=x"}); len(got) != 0 {
			t.Errorf("%s stays", name)
		}
	}
}

// The environment of a hook in a linked work tree makes git work on that
// repository in any folder, unless it is scrubbed.
func TestScrubInHook(t *testing.T) {
	git := realGit(t)
	base := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.invalid", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.invalid",
	}
	run := func(dir string, env []string, args ...string) string {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	first, other := t.TempDir(), t.TempDir()
	linked := filepath.Join(t.TempDir(), "linked")
	run(first, base, "init", "-q")
	run(first, base, "commit", "-q", "--allow-empty", "-m", "first")
	run(first, base, "worktree", "add", "-q", linked)
	run(other, base, "init", "-q")
	hook := "#!/bin/sh\nenv > '" + filepath.Join(first, "env") + "'\n"
	if err := os.WriteFile(filepath.Join(first, ".git", "hooks", "pre-commit"), []byte(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	run(linked, base, "commit", "-q", "--allow-empty", "-m", "second")
	text, err := os.ReadFile(filepath.Join(first, "env"))
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Split(strings.TrimSpace(string(text)), "\n")

	where := []string{"rev-parse", "--absolute-git-dir"}
	if got := run(other, env, where...); !strings.Contains(got, "worktrees") {
		t.Fatalf("with the hook's environment git works on %s; want the linked work tree: nothing is tested", got)
	}
	want := run(other, base, where...)
	if got := run(other, Scrub(env), where...); got != want {
		t.Errorf("with the scrubbed environment git works on %s; want %s", got, want)
	}
}
