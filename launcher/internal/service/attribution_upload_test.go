package service

import (
	"testing"

	"devrun/launcher/internal/watch"
)

// A new file that the service may have stored is its own the first time as well, for it
// is made for a request; not so one that a person adds.
func TestServesUploads(t *testing.T) {
	for name, tt := range map[string]struct {
		file  watch.Change
		total uint64
		want  bool
	}{
		"as much was stored":       {watch.Change{Path: "up/a.png", Op: watch.Created, Size: 4000}, 4096, true},
		"an empty one":             {watch.Change{Path: "up/a.png", Op: watch.Created}, 4096, true},
		"less was stored":          {watch.Change{Path: "up/a.png", Op: watch.Created, Size: 8000}, 4096, false},
		"nothing was stored":       {watch.Change{Path: "up/a.png", Op: watch.Created}, 0, false},
		"a file that people add":   {watch.Change{Path: "locales/de.json", Op: watch.Created, Size: 10}, 4096, false},
		"one without an extension": {watch.Change{Path: "Dockerfile", Op: watch.Created, Size: 10}, 4096, false},
		"one that existed before":  {watch.Change{Path: "up/a.png", Op: watch.Modified, Size: 10}, 4096, false},
	} {
		w, _ := newTestWatching(t)
		if got := w.whose.serves(tt.file, situation{total: tt.total}); got != tt.want {
			t.Errorf("%s: its own: %v; want %v", name, got, tt.want)
		}
	}
}
