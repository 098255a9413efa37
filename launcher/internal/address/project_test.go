package address

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestFindProject(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.invalid", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.invalid")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	mkdir := func(path string) string {
		t.Helper()
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shop := mkdir(filepath.Join(root, "shop"))
	git(shop, "init", "-q")
	git(shop, "commit", "-q", "--allow-empty", "-m", "first")
	linked := filepath.Join(root, "fix-login")
	git(shop, "worktree", "add", "-q", linked)
	plain := mkdir(filepath.Join(root, "plain"))
	link := filepath.Join(root, "link")
	if err := os.Symlink(shop, link); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name, dir string
		want      Project
	}{
		{"a folder without git", plain, Project{Name: "plain", Dir: plain}},
		{"the root of a repository", shop, Project{Name: "shop", Dir: shop}},
		{"a folder in a repository", mkdir(filepath.Join(shop, "cmd", "api")), Project{Name: "shop", Dir: shop}},
		{"a linked work tree", mkdir(filepath.Join(linked, "cmd")), Project{Name: "shop/fix-login", Dir: linked}},
		{"a symbolic link to it", link, Project{Name: "shop", Dir: shop}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := FindProject(tt.dir); got != tt.want {
				t.Errorf("FindProject(%s) = %+v; want %+v", tt.dir, got, tt.want)
			}
		})
	}
}
