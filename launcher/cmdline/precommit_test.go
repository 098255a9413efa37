//go:build unix

package cmdline

import (
	"context"
	"devrun/config/words"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// hook is how .pre-commit-config.yaml has it. pre-commit shows the output of a
// hook that passes only when it is verbose.
type hook struct {
	Argv    []string // the command; split by pre-commit, never by a shell
	Verbose bool
}

// hooked is a work tree of a git repository in which the real pre-commit runs a
// hook at each commit. Nothing of the caller's git reaches it, nor its own files
// the caller's: configuration, pre-commit's cache and devrun's state are below
// folders of the test.
type hooked struct {
	t   *testing.T
	dir string
	env []string
}

// newHooked makes a repository with one commit, made before the hook was there.
// It skips the test, or fails it, where pre-commit is missing.
func newHooked(t *testing.T, h hook) *hooked {
	t.Helper()
	repository := newRepository(t)
	entry := words.Join(h.Argv)
	repository.configure(map[string]any{"repo": "local", "hooks": []any{map[string]any{
		"id": "devrun-smoke", "name": "devrun smoke", "entry": entry, "language": "system",
		"pass_filenames": false, "require_serial": true, "verbose": h.Verbose,
	}}})
	return repository
}

// newRepository makes an empty repository.
func newRepository(t *testing.T) *hooked {
	t.Helper()
	realTool(t, "git")
	realTool(t, "pre-commit")
	home := t.TempDir()
	h := &hooked{t: t, dir: filepath.Join(home, "repository")}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "GIT_") && !strings.HasPrefix(name, "PRE_COMMIT") && !strings.HasPrefix(name, "DEVRUN_") && name != "SKIP" {
			h.env = append(h.env, pair)
		}
	}
	h.env = append(h.env, "HOME="+home, "XDG_STATE_HOME="+filepath.Join(home, "state"), "XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"PRE_COMMIT_HOME="+filepath.Join(home, "pre-commit"), "PRE_COMMIT_COLOR=never",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.invalid", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.invalid")
	h.must("git", "init", "-q", "-b", "main")
	return h
}

// configure commits a .pre-commit-config.yaml with one source of hooks and lets
// git run pre-commit from then on.
func (h *hooked) configure(source map[string]any) {
	h.t.Helper()
	config, err := json.Marshal(map[string]any{"repos": []any{source}}) // which is YAML, too
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(".pre-commit-config.yaml", string(config)+"\n")
	h.must("git", "add", "-A")
	h.must("git", "commit", "-q", "-m", "first")
	h.must("pre-commit", "install")
}

// write writes a file of the work tree.
func (h *hooked) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// read returns the text of a file of the work tree.
func (h *hooked) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// command is a command in the work tree, with its own environment.
func (h *hooked) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = h.dir, h.env
	return cmd
}

// must runs a command that has to succeed and returns what it printed.
func (h *hooked) must(name string, args ...string) string {
	h.t.Helper()
	out, err := h.command(h.t.Context(), name, args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// commit commits the staged files and returns the output of git and pre-commit, and
// git's status. A commit that hangs, as it does while anything holds the pipe
// that pre-commit reads the hook's output from, fails the test.
func (h *hooked) commit(args ...string) (output string, status int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*patience)
	defer cancel()
	cmd := h.command(ctx, "git", append([]string{"commit", "-m", "change"}, args...)...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		h.t.Fatalf("git commit: %v\n%s", errors.Join(ctx.Err(), err), out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// commitAll is commit -a: the hook sees GIT_INDEX_FILE=…/index.lock.
func (h *hooked) commitAll() (output string, status int) {
	h.t.Helper()
	return h.commit("-a")
}

// linked adds a linked work tree on a branch of its own: a hook there sees
// GIT_DIR.
func (h *hooked) linked() *hooked {
	h.t.Helper()
	dir := filepath.Join(h.t.TempDir(), "linked")
	h.must("git", "worktree", "add", "-q", "-b", "linked", dir)
	return &hooked{t: h.t, dir: dir, env: h.env}
}

// commits is the number of commits on the branch.
func (h *hooked) commits() string {
	h.t.Helper()
	return strings.TrimSpace(h.must("git", "rev-list", "--count", "HEAD"))
}

// A commit runs the hook and is made when it passes, whichever way it comes.
func TestPrecommitPasses(t *testing.T) {
	t.Parallel()
	h := newHooked(t, hook{Argv: []string{mustBuild(t).devrun, "version"}, Verbose: true})
	passes := func(h *hooked, want string, commit func() (string, int)) {
		t.Helper()
		out, status := commit()
		if status != 0 || !strings.Contains(out, "Passed") || !strings.Contains(out, "\ndevrun ") || h.commits() != want {
			t.Errorf("status %d, %s commits; want 0 and %s, and the hook's output in:\n%s", status, h.commits(), want, out)
		}
	}
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	passes(h, "2", func() (string, int) { return h.commit() })

	h.write("a.txt", "two\n")
	passes(h, "3", h.commitAll)

	// pre-commit stashes unstaged changes while the hook runs.
	h.write("b.txt", "staged\n")
	h.must("git", "add", "b.txt")
	h.write("a.txt", "not staged\n")
	passes(h, "4", func() (string, int) { return h.commit() })
	if got, want := h.read("a.txt"), "not staged\n"; got != want {
		t.Errorf("a.txt is %q after the commit; want %q", got, want)
	}

	linked := h.linked()
	linked.write("c.txt", "one\n")
	linked.must("git", "add", "c.txt")
	passes(linked, "5", func() (string, int) { return linked.commit() })
	if got := h.commits(); got != "4" {
		t.Errorf("the first work tree is at %s commits; want it left at 4", got)
	}
}

// A hook that fails is shown with its output, and nothing is committed.
func TestPrecommitFails(t *testing.T) {
	t.Parallel()
	h := newHooked(t, hook{Argv: []string{mustBuild(t).devrun, "version", "one too many"}})
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	out, status := h.commit()
	if status != 1 || h.commits() != "1" {
		t.Errorf("status %d, %s commits; want 1 and still 1", status, h.commits())
	}
	for _, want := range []string{"Failed", "- exit code: 2\n", `devrun: version takes no arguments, got "one too many"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// The variables that git and pre-commit give to a hook are those to scrub.
func TestPrecommitEnvironment(t *testing.T) {
	t.Parallel()
	h := newHooked(t, hook{Argv: []string{"env"}, Verbose: true})
	sees := func(h *hooked, want ...string) {
		t.Helper()
		h.write(".pre-commit-config.yaml", h.read(".pre-commit-config.yaml")+"\n")
		out, status := h.commitAll()
		for _, part := range append(want, "PRE_COMMIT=1\n") {
			if status != 0 || !strings.Contains(out, part) {
				t.Errorf("status %d; want 0 and %q in:\n%s", status, part, out)
			}
		}
	}
	sees(h, "GIT_INDEX_FILE="+filepath.Join(h.dir, ".git", "index.lock"))
	sees(h.linked(), "GIT_DIR="+filepath.Join(h.dir, ".git", "worktrees", "linked"))
}

// root is the folder of the module.
var root = filepath.Join("..", "..")

// pre-commit accepts the manifest, which has the settings that a smoke run needs.
func TestPrecommitManifest(t *testing.T) {
	t.Parallel()
	path := filepath.Join(root, ".pre-commit-hooks.yaml")
	if out, err := exec.Command(realTool(t, "pre-commit"), "validate-manifest", path).CombinedOutput(); err != nil {
		t.Errorf("validate-manifest: %v\n%s", err, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var hooks []map[string]any
	if err := yaml.Unmarshal(text, &hooks); err != nil {
		t.Fatal(err)
	}
	languages := map[string]string{}
	for _, h := range hooks {
		id := fmt.Sprint(h["id"])
		languages[id] = fmt.Sprint(h["language"])
		if h["entry"] != "devrun smoke" || h["pass_filenames"] != false || h["require_serial"] != true || h["files"] != nil {
			t.Errorf("%s is %v; want devrun smoke without file names, one at a time, files left to the user", id, h)
		}
	}
	if len(languages) != 2 || languages["devrun-smoke"] != "golang" || languages["devrun-smoke-system"] != "system" {
		t.Errorf("hooks are %v; want devrun-smoke in golang and devrun-smoke-system in system", languages)
	}
}

// pre-commit installs a hook in Go by "go install ./...", and every main package
// lands on PATH.
func TestOneProgram(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Fields(string(out)), []string{"devrun"}; !slices.Equal(got, want) {
		t.Errorf("main packages are %q; want %q: programs of tests stand in testdata", got, want)
	}
}

// As a user has it: pre-commit clones this repository, builds the hook with Go,
// and runs it at a commit.
func TestPrecommitGolang(t *testing.T) {
	t.Parallel()
	source, h := newRepository(t), newRepository(t)
	for name := range strings.SplitSeq(strings.TrimRight(tracked(t), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) { // deleted, and not yet committed
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		source.write(name, string(text))
	}
	source.must("git", "add", "-A", "-f")
	source.must("git", "commit", "-q", "-m", "all")

	// pre-commit sets GOPATH to a folder of its own, and so would load all modules
	// again.
	for _, name := range []string{"GOMODCACHE", "GOCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		h.env = append(h.env, name+"="+strings.TrimSpace(string(value)))
	}
	h.configure(map[string]any{
		"repo": source.dir, "rev": strings.TrimSpace(source.must("git", "rev-parse", "HEAD")),
		"hooks": []any{map[string]any{"id": "devrun-smoke", "entry": "devrun version", "verbose": true}},
	})
	h.must("pre-commit", "install-hooks")
	h.write("a.txt", "one\n")
	h.must("git", "add", "a.txt")
	if out, status := h.commit(); status != 0 || !strings.Contains(out, "\ndevrun ") {
		t.Errorf("status %d; want 0 and the hook's output in:\n%s", status, out)
	}
	installed, err := filepath.Glob(filepath.Join(filepath.Dir(h.dir), "pre-commit", "repo*", "golangenv*", "bin", "*"))
	if err != nil || len(installed) != 1 || filepath.Base(installed[0]) != "devrun" {
		t.Errorf("pre-commit has installed %q, %v; want devrun alone", installed, err)
	}
}

// tracked are the files of this repository, each with a NUL, with those that
// are new. Without a
// repository, as in a source archive, the test is skipped.
func tracked(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(realTool(t, "git"), "ls-files", "-z", "-co", "--exclude-standard", "--deduplicate", ".")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git ls-files: %v", err)
	}
	return string(out)
}
