//go:build unix

package cmdline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A layered project has a hundred services: each needs all of the layer below.
const layers, perLayer = 10, 10

// layer is the names of the services of one.
func layer(n int) []string {
	names := make([]string, perLayer)
	for i := range names {
		names[i] = fmt.Sprintf("s%d-%d", n, i)
	}
	return names
}

// layeredFile writes the devrun.yaml of a layered project whose services all run
// command.
func layeredFile(tb testing.TB, dir, command string) {
	tb.Helper()
	text := "name: layers\nservices:\n"
	for n := range layers {
		for _, name := range layer(n) {
			text += fmt.Sprintf("  %s:\n    command: %s\n", name, command)
			if n > 0 {
				text += "    depends_on: [" + strings.Join(layer(n-1), ", ") + "]\n"
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "devrun.yaml"), []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// allLayers are the names of all services, from the bottom.
func allLayers() []string {
	var names []string
	for n := range layers {
		names = append(names, layer(n)...)
	}
	return names
}

// TestLayers runs a hundred services that need each other. Like TestManyAtOnce it
// has the machine to itself.
func TestLayers(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	layeredFile(t, dir, mustBuild(t).hello)
	s := launch(t, dir, state)
	ready := s.ready(allLayers()...)
	ports := map[int]string{}
	for name, e := range ready {
		if other, taken := ports[e.Port]; taken {
			t.Errorf("%s and %s both have port %d", name, other, e.Port)
		}
		ports[e.Port] = name
		if got, want := answer(t, e.URL), "hello from "+name+"\n"; got != want {
			t.Errorf("%s answers %q; want %q", name, got, want)
		}
	}
	s.leavesNothing(state, ready)

	at := map[string]int{} // when each event of a service was first seen
	for i, e := range s.seen {
		if key := e.Service + " " + e.Event; at[key] == 0 {
			at[key] = i + 1
		}
	}
	for n := 1; n < layers; n++ {
		for _, upper := range layer(n) {
			for _, lower := range layer(n - 1) {
				if at[upper+" starting"] < at[lower+" ready"] {
					t.Errorf("%s was started before %s was ready", upper, lower)
				}
				if stopped, stopping := at[upper+" stopped"], at[lower+" stopping"]; stopped == 0 || stopping == 0 || stopping < stopped {
					t.Errorf("%s was stopped (event %d) before %s had ended (event %d)", lower, stopping, upper, stopped)
				}
			}
		}
	}
}
