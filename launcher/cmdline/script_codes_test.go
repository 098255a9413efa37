//go:build unix

package cmdline

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"devrun/launcher/internal/diag"
)

// codes are the problem codes that devrun reported in the scripts of a test.
type codes struct {
	mu    sync.Mutex
	seen  map[diag.Code]bool
	ended int // scripts
}

func (c *codes) add(code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[diag.Code(code)] = true
}

// code CODE… fails unless the last command reported problems with all of these
// codes, for people or as JSON.
func (c *codes) code(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, code := range args {
		if reported(text, code) == neg {
			ts.Fatalf("reported %s: %v; want %v:\n%s", code, neg, !neg, text)
		}
		if !neg {
			c.add(code)
		}
	}
}

// reported reports whether text, which devrun has printed, has a problem of code.
func reported(text, code string) bool {
	quoted := regexp.QuoteMeta(code)
	return regexp.MustCompile(`(?m)^[^|]* \[` + quoted + `\]$|"code":"` + quoted + `"`).MatchString(text)
}

// logged records the codes of the problems in the JSON logs of a script.
func (c *codes) logged(dir string) {
	c.mu.Lock()
	c.ended++
	c.mu.Unlock()
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		for line := range bytes.Lines(data) {
			var e struct{ Event, Code string }
			if json.Unmarshal(line, &e) == nil && e.Event == "problem" {
				c.add(e.Code)
			}
		}
	}
}

// codeNeeds are the conditions without which no script provokes a code.
var codeNeeds = map[diag.Code][]string{
	diag.CodeLoopbackBlocked: {"netns", "tool:nft"},
	diag.CodeWatchLimit:      {"userns"},
	diag.CodeWatchBlind:      {"fuse"},
	diag.CodeUncleanStop:     {"ipv6"}, // or else root
}

// check fails unless every code of the catalogue was reported by a real run, except
// for those that this machine cannot provoke. It checks nothing where only some of
// the scripts ran.
func (c *codes) check(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	if c.ended < len(files) || t.Failed() {
		return
	}
	for _, e := range diag.Catalogue() {
		if c.seen[e.Code] {
			continue
		}
		if missing := missingFor(e.Code); missing != "" {
			t.Logf("%s is not provoked: no %s here", e.Code, missing)
			continue
		}
		t.Errorf("%s: no script made devrun report it", e.Code)
	}
	for code := range c.seen {
		if _, ok := diag.Explain(code); !ok {
			t.Errorf("%s was reported, and the catalogue does not have it", code)
		}
	}
}

// missingFor is the condition that this machine lacks to provoke a code; empty for
// none.
func missingFor(code diag.Code) string {
	for _, cond := range codeNeeds[code] {
		if ok, err := condition(cond); !ok && err == nil {
			return cond
		}
	}
	return ""
}
