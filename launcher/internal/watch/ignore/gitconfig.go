package ignore

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"devrun/launcher/internal/gitdir"
)

// gitFiles is what git's configuration says about ignoring.
type gitFiles struct {
	excludes string // core.excludesFile, absolute; "" for none
	fold     bool   // core.ignoreCase
}

// findGitFiles reads git's configuration for the repository with the given
// top, "" for none, in git's order: system, user, repository, environment.
// Conditional includes are followed for gitdir only.
func findGitFiles(top string) gitFiles {
	c := gitConfig{}
	if top != "" {
		c.gitDir = gitdir.Of(top)
	}
	home, _ := os.UserHomeDir()
	c.home = home
	xdg := os.Getenv("XDG_CONFIG_HOME")
	if xdg == "" && home != "" {
		xdg = filepath.Join(home, ".config")
	}
	if on, _ := strconv.ParseBool(os.Getenv("GIT_CONFIG_NOSYSTEM")); !on {
		if p, ok := os.LookupEnv("GIT_CONFIG_SYSTEM"); ok {
			c.read(p, 0)
		} else if runtime.GOOS != "windows" {
			c.read("/etc/gitconfig", 0)
		}
	}
	if p, ok := os.LookupEnv("GIT_CONFIG_GLOBAL"); ok {
		c.read(p, 0)
	} else {
		if xdg != "" {
			c.read(filepath.Join(xdg, "git", "config"), 0)
		}
		if home != "" {
			c.read(filepath.Join(home, ".gitconfig"), 0)
		}
	}
	if c.gitDir != "" {
		c.read(filepath.Join(gitdir.Common(c.gitDir), "config"), 0)
	}
	c.readEnviron()

	g := gitFiles{fold: c.ignoreCase}
	switch {
	case c.excludes == nil && xdg != "":
		g.excludes = filepath.Join(xdg, "git", "ignore")
	case c.excludes != nil && *c.excludes != "":
		g.excludes = c.path(*c.excludes, top)
	}
	return g
}

type gitConfig struct {
	home, gitDir string
	excludes     *string
	ignoreCase   bool
}

// maxIncludes is git's own bound on the depth of include.path.
const maxIncludes = 10

func (c *gitConfig) read(file string, depth int) {
	if file == "" || depth > maxIncludes {
		return
	}
	fi, err := os.Stat(file)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxFile {
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	parseConfig(string(text), func(section, sub, key, value string) {
		switch {
		case section == "core" && sub == "":
			c.set(key, value)
		case key == "path" && (section == "include" && sub == "" || section == "includeif" && c.holds(sub, file)):
			c.read(c.path(value, filepath.Dir(file)), depth+1)
		}
	})
}

func (c *gitConfig) set(key, value string) {
	switch key {
	case "excludesfile":
		c.excludes = &value
	case "ignorecase":
		switch lower(value) {
		case "true", "yes", "on", "1":
			c.ignoreCase = true
		default:
			c.ignoreCase = false
		}
	}
}

// readEnviron reads GIT_CONFIG_COUNT, GIT_CONFIG_KEY_n and GIT_CONFIG_VALUE_n.
func (c *gitConfig) readEnviron() {
	n, err := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT"))
	if err != nil {
		return
	}
	for i := range min(n, 1000) {
		key, ok := strings.CutPrefix(lower(os.Getenv("GIT_CONFIG_KEY_"+strconv.Itoa(i))), "core.")
		if ok {
			c.set(key, os.Getenv("GIT_CONFIG_VALUE_"+strconv.Itoa(i)))
		}
	}
}

// path expands "~/", and takes a relative path from dir.
func (c *gitConfig) path(p, dir string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		return filepath.Join(c.home, rest)
	}
	if filepath.IsAbs(p) || dir == "" {
		return p
	}
	return filepath.Join(dir, p)
}

// holds judges the condition of an includeIf in file.
func (c *gitConfig) holds(cond, file string) bool {
	p, fold := strings.CutPrefix(cond, "gitdir/i:")
	if !fold {
		var ok bool
		if p, ok = strings.CutPrefix(cond, "gitdir:"); !ok {
			return false
		}
	}
	if c.gitDir == "" {
		return false
	}
	if strings.HasPrefix(p, "~/") {
		slash := strings.HasSuffix(p, "/")
		if p = c.path(p, ""); slash {
			p += "/"
		}
	} else if rest, ok := strings.CutPrefix(p, "./"); ok {
		p = filepath.Dir(file) + "/" + rest
	} else if !filepath.IsAbs(p) {
		p = "**/" + p
	}
	if strings.HasSuffix(p, "/") {
		p += "**"
	}
	toks, ok := compile(p, fold)
	text := filepath.ToSlash(c.gitDir)
	if fold {
		text = lower(text)
	}
	return ok && matchTokens(toks, text)
}
