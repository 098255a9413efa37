package launcher

import (
	"testing"

	"devrun/launcher/internal/runs"
)

// TestRecorderEnd ends a recorder whose last change is still to be written. The
// record is removed, and not written again after that.
func TestRecorderEnd(t *testing.T) {
	memory, err := runs.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		r := newRecorder(Options{})
		if err := r.begin(memory.Runs); err != nil {
			t.Fatal(err)
		}
		r.add(runs.Service{Name: "api"})
		r.end()
		r.remove("api") // too late, and harmless
		if list, err := memory.Runs.List(); err != nil || len(list) != 0 {
			t.Fatalf("records after the end: %v, %v; want none", list, err)
		}
	}
}
