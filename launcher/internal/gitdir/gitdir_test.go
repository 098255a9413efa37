package gitdir

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestBranch(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	repo, tree, bare := filepath.Join(dir, "repo"), filepath.Join(dir, "tree"), filepath.Join(dir, "bare")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "feature/login", repo)
	if err := os.MkdirAll(filepath.Join(repo, "sub", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := Branch(repo); got != "feature/login" {
		t.Errorf("without a commit: got %q; want the branch that will be", got)
	}
	git("-C", repo, "commit", "-q", "--allow-empty", "-m", "x")
	git("-C", repo, "worktree", "add", "-q", "-b", "other", tree)
	if err := os.MkdirAll(filepath.Join(bare, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		filepath.Join(repo, "sub", "deep"): "feature/login", tree: "other", bare: "", dir: "", "": "", "repo": "",
		"/": "",
	} {
		if got := Branch(at); got != want {
			t.Errorf("%s: got %q; want %q", at, got, want)
		}
	}
	git("-C", repo, "checkout", "-q", "--detach")
	if got := Branch(repo); len(got) != 7 {
		t.Errorf("detached: got %q; want the beginning of a commit's name", got)
	}
}
