package ignore

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// gitFiles is the part of git's configuration that concerns ignoring.
type gitFiles struct {
	excludes string // core.excludesFile, absolute; "" for none
	fold     bool   // core.ignoreCase
}

// A GitConfig runs git for its configuration, once for each folder, and for what
// it tracks, and keeps the answers. Goroutines may share it; the zero value is ready.
type GitConfig struct {
	mu      sync.Mutex
	answers map[string]func() gitFiles
	tracked map[string]indexAnswer // by the top folder of the repository
}

// find returns the settings for the repository with top dir, or for a folder
// outside any. Without an answer from git they are git's defaults.
func (c *GitConfig) find(dir string) gitFiles {
	c.mu.Lock()
	answer := c.answers[dir]
	if answer == nil {
		answer = sync.OnceValue(func() gitFiles { return askGit(dir) })
		if c.answers == nil {
			c.answers = make(map[string]func() gitFiles)
		}
		c.answers[dir] = answer
	}
	c.mu.Unlock()
	return answer()
}

// gitWait bounds the wait for git's answer, which takes a few milliseconds.
const gitWait = time.Second

func askGit(dir string) gitFiles {
	g := gitFiles{excludes: defaultExcludes()}
	ctx, cancel := context.WithTimeout(context.Background(), gitWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "config", "-z", "--get-regexp", `^core\.(excludesfile|ignorecase)$`)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), isRepositoryVariable)
	cmd.WaitDelay = gitWait
	out, err := cmd.Output()
	if err != nil {
		return g // no git, or neither is set
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		switch key, value, ok := strings.Cut(entry, "\n"); key {
		case "core.excludesfile":
			g.excludes = expand(value, dir)
		case "core.ignorecase":
			switch lower(value) {
			case "true", "yes", "on", "1":
				g.fold = true
			default:
				g.fold = !ok // a key alone means true
			}
		}
	}
	return g
}

// expand resolves "~/", and takes a relative path from dir. It is done here
// since --type=path makes git fail when core.ignoreCase is a key alone.
func expand(path, dir string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, _ := os.UserHomeDir()
		return filepath.Join(home, rest)
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// isRepositoryVariable reports whether a NAME=value leads git to another
// repository than that of its folder, as GIT_DIR does inside a hook. The
// variables that add or replace whole configuration files are not among them.
func isRepositoryVariable(pair string) bool {
	return strings.HasPrefix(pair, "GIT_") && !strings.HasPrefix(pair, "GIT_CONFIG_")
}

// defaultExcludes is git's default for core.excludesFile.
func defaultExcludes() string {
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "git", "ignore")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".config", "git", "ignore")
	}
	return ""
}
