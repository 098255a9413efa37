package launcher

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestLayers holds the direction in which the packages depend on each other:
// main, cmdline, launcher, leaves; and where the given libraries may be used.
func TestLayers(t *testing.T) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "devrun/...")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	packages := 0
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; packages++ {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, imported := range p.Imports {
			if rule := breaks(p.ImportPath, imported); rule != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule)
			}
		}
	}
	if packages < 5 {
		t.Errorf("go list named %d packages; the rules were checked on next to nothing", packages)
	}
}

// breaks returns the rule that the import breaks, or "".
func breaks(from, to string) string {
	const (
		cmdline  = "devrun/launcher/cmdline"
		launcher = "devrun/launcher"
		leaves   = "devrun/launcher/internal/"
		sock     = "devrun/launcher/internal/sock" // which leaves may import
	)
	inside := func(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	leafOf := func(path string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, leaves), "/")
		return name
	}
	// Ground packages may be imported by all others.
	ground := func(path string) bool {
		return slices.Contains([]string{"devrun/config/words", "devrun/config/secret", leaves + "text", leaves + "tries"}, path)
	}
	switch own := strings.HasPrefix(to, "devrun/"); {
	case own && ground(from):
		return "a ground package imports nothing of devrun"
	case own && ground(to):
		return ""
	case own && from == "devrun" && to != cmdline:
		return "main calls cmdline alone"
	case own && inside(from, "devrun/config"):
		return "config imports nothing of devrun"
	case own && strings.HasPrefix(from, leaves) && leafOf(from) != leafOf(to) && (to != sock || from == sock):
		return "a leaf imports no other package of devrun"
	case own && from == launcher && inside(to, cmdline):
		return "launcher is below cmdline"
	case inside(to, "github.com/urfave/cli/v2") && from != cmdline:
		return "the command line library belongs to cmdline"
	case inside(to, "github.com/fsnotify/fsnotify") && leafOf(from) != "watch":
		return "fsnotify belongs to watch"
	case inside(to, "github.com/rs/zerolog") && from != cmdline && from != launcher:
		return "zerolog belongs to cmdline and launcher"
	}
	for _, name := range []string{"util", "common", "helpers", "types"} {
		if strings.HasSuffix(from, "/"+name) {
			return "a package is named for what it does"
		}
	}
	return ""
}

func TestBreaks(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		broken   bool
	}{
		{"devrun", "devrun/launcher/cmdline", false},
		{"devrun", "devrun/launcher", true},
		{"devrun/config", "devrun/launcher", true},
		{"devrun/config", "devrun/config/words", false},
		{"devrun/config/words", "devrun/config/secret", true},
		{"devrun/launcher/internal/check", "devrun/config/secret", false},
		{"devrun/launcher", "devrun/launcher/cmdline", true},
		{"devrun/launcher", "devrun/launcher/internal/port", false},
		{"devrun/launcher/internal/port", "devrun/launcher/internal/portowner", true},
		{"devrun/launcher/internal/port", "devrun/config", true},
		{"devrun/launcher/internal/report", "devrun/launcher/internal/text", false},
		{"devrun/launcher/internal/text", "devrun/launcher/internal/report", true},
		{"devrun/launcher/internal/watch", "devrun/launcher/internal/watch/ignore", false},
		{"devrun/launcher/internal/watch", "github.com/fsnotify/fsnotify", false},
		{"devrun/launcher", "github.com/fsnotify/fsnotify", true},
		{"devrun/launcher/cmdline", "github.com/urfave/cli/v2", false},
		{"devrun/launcher", "github.com/urfave/cli/v2", true},
		{"devrun/launcher/internal/ready", "github.com/rs/zerolog", true},
	} {
		if got := breaks(tt.from, tt.to); (got != "") != tt.broken {
			t.Errorf("%s imports %s: %q; want broken: %v", tt.from, tt.to, got, tt.broken)
		}
	}
}
