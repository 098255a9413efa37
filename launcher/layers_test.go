package launcher

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// levels are the packages of devrun from the lowest level up, below devrun/. A
// package imports only those of lower levels.
var levels = [][]string{
	{"config/words", "config/secret", "config/expand"},
	{
		"config", "config/dotenv", "launcher/internal/proc", "launcher/internal/sock", "launcher/internal/text", "launcher/internal/tries",
		"launcher/internal/mailbox", "launcher/internal/keys", "launcher/internal/gitdir", "launcher/internal/netns",
		"launcher/internal/oserr",
	},
	{"launcher/internal/watch/ignore", "launcher/internal/wholefile", "launcher/internal/packagejson"},
	{
		"launcher/cmdline/help", "launcher/internal/check", "launcher/internal/control", "launcher/internal/detect", "launcher/internal/diag",
		"launcher/internal/framework", "launcher/internal/gitenv", "launcher/internal/logs", "launcher/internal/machine",
		"launcher/internal/output", "launcher/internal/port", "launcher/internal/portowner", "launcher/internal/process",
		"launcher/internal/ready", "launcher/internal/relay", "launcher/internal/watch",
	},
	{"launcher/internal/runs", "launcher/internal/depends", "launcher/internal/event", "launcher/internal/report"},
	{"launcher/internal/address"},
	{"launcher/internal/holders", "launcher/internal/free", "launcher/internal/remote"},
	{"launcher/internal/service"},
	{"launcher/internal/project"},
	{"launcher", "launcher/internal/why", "launcher/internal/doctor"},
	{"launcher/smoke"},
	{"launcher/cmdline"},
	{""},
}

// libraries may be used by one package each.
var libraries = map[string]string{
	"github.com/urfave/cli/v2":     "launcher/cmdline",
	"github.com/fsnotify/fsnotify": "launcher/internal/watch",
	"github.com/rs/zerolog":        "launcher/cmdline",
}

// listed is what go list prints about a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestLayers holds the direction in which the packages depend on each other, and
// where the given libraries may be used.
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
		if level(p.ImportPath) < 0 {
			t.Errorf("%s is in no level", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if rule := breaks(p.ImportPath, imported); rule != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule)
			}
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for _, names := range levels {
		listed += len(names)
		for _, name := range names {
			short := strings.TrimPrefix(name, "launcher/internal/")
			if !regexp.MustCompile(`(?m)^//\t(.*, )?`+regexp.QuoteMeta(short)+`(,|  |$)`).Match(doc) && name != "" {
				t.Errorf("doc.go does not list %s", short)
			}
		}
	}
	if packages != listed {
		t.Errorf("there are %d packages; the levels list %d", packages, listed)
	}
}

// ownName returns an import path of devrun without the module; ok is false for a
// package of another module.
func ownName(path string) (name string, ok bool) {
	if path == "devrun" {
		return "", true
	}
	return strings.CutPrefix(path, "devrun/")
}

// level returns where a package of devrun is listed, -1 for nowhere.
func level(path string) int {
	name, _ := ownName(path)
	return slices.IndexFunc(levels, func(names []string) bool { return slices.Contains(names, name) })
}

// breaks returns the rule that the import breaks, or "".
func breaks(from, to string) string {
	inside := func(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	name, _ := ownName(from)
	_, own := ownName(to)
	switch {
	case own && from == "devrun" && to != "devrun/launcher/cmdline":
		return "main calls cmdline alone"
	case own && inside(name, "config") && !inside(to, "devrun/config"):
		return "config imports only its own packages"
	case own && level(to) >= level(from):
		return "a package imports only lower levels"
	}
	for library, owner := range libraries {
		if inside(to, library) && name != owner {
			return "this library belongs to " + owner
		}
	}
	for _, vague := range []string{"util", "common", "helpers", "types"} {
		if strings.HasSuffix(from, "/"+vague) {
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
		{"devrun/config", "devrun/launcher/internal/text", true},
		{"devrun/config", "devrun/config/words", false},
		{"devrun/config/words", "devrun/config/secret", true},
		{"devrun/launcher/internal/check", "devrun/config/secret", false},
		{"devrun/launcher/internal/detect", "devrun/config", false},
		{"devrun/launcher", "devrun/launcher/cmdline", true},
		{"devrun/launcher", "devrun/launcher/internal/port", false},
		{"devrun/launcher/internal/port", "devrun/launcher/internal/portowner", true},
		{"devrun/launcher/internal/port", "devrun/launcher/internal/sock", false},
		{"devrun/launcher/internal/sock", "devrun/launcher/internal/port", true},
		{"devrun/launcher/internal/holders", "devrun/launcher/internal/runs", false},
		{"devrun/launcher/internal/runs", "devrun/launcher/internal/holders", true},
		{"devrun/launcher/smoke", "devrun/launcher", false},
		{"devrun/launcher", "devrun/launcher/smoke", true},
		{"devrun/launcher/internal/watch", "devrun/launcher/internal/watch/ignore", false},
		{"devrun/launcher/internal/watch", "github.com/fsnotify/fsnotify", false},
		{"devrun/launcher", "github.com/fsnotify/fsnotify", true},
		{"devrun/launcher/cmdline", "github.com/urfave/cli/v2", false},
		{"devrun/launcher", "github.com/urfave/cli/v2", true},
		{"devrun/launcher", "github.com/rs/zerolog/log", true},
	} {
		if got := breaks(tt.from, tt.to); (got != "") != tt.broken {
			t.Errorf("%s imports %s: %q; want broken: %v", tt.from, tt.to, got, tt.broken)
		}
	}
}
