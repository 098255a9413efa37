package service

import (
	"testing"
	"time"
)

func TestOwnWrites(t *testing.T) {
	const ms = time.Millisecond
	type change struct {
		files  []string
		offset time.Duration
		own    bool
		caught bool
	}
	stamp, both, page := []string{"stamp"}, []string{"stamp", "page"}, []string{"page"}
	tests := map[string][]change{
		"three starts in a row":        {{stamp, 20 * ms, true, false}, {stamp, 90 * ms, true, false}, {stamp, 15 * ms, true, true}},
		"one file of several":          {{both, 20 * ms, true, false}, {stamp, 20 * ms, true, false}, {both, 20 * ms, true, true}},
		"a person in between":          {{stamp, 20 * ms, true, false}, {stamp, 20 * ms, true, false}, {stamp, 9 * time.Second, false, false}, {stamp, 20 * ms, true, false}, {stamp, 20 * ms, true, false}},
		"different files":              {{stamp, 20 * ms, true, false}, {page, 20 * ms, true, false}, {stamp, 20 * ms, true, false}},
		"at no time in particular":     {{stamp, 20 * ms, true, false}, {stamp, time.Second, true, false}, {stamp, 4 * time.Second, true, false}},
		"another file after it is one": {{stamp, 0, true, false}, {stamp, 0, true, false}, {stamp, 0, true, true}, {page, time.Minute, false, false}},
	}
	for name, list := range tests {
		var o ownWrites
		for i, c := range list {
			if got := o.note(c.files, c.offset, c.own); got != c.caught {
				t.Errorf("%s: change %d: caught %v; want %v", name, i, got, c.caught)
			}
		}
	}
}

func TestOwnWritesExpected(t *testing.T) {
	const ms = time.Millisecond
	var o ownWrites
	for range loopRounds {
		if o.expects([]string{"stamp"}, 0) {
			t.Fatal("expected before it was caught")
		}
		o.note([]string{"stamp"}, 100*ms, true)
	}
	if !o.expects([]string{"stamp"}, 300*ms) {
		t.Error("the same file, as soon after the start, is not expected")
	}
	if o.expects([]string{"stamp", "page"}, 100*ms) {
		t.Error("another file is expected")
	}
	if o.expects([]string{"stamp"}, 2*time.Second) {
		t.Error("a change long after the start is expected")
	}
	o.note([]string{"stamp", "late"}, 2*time.Second, true)
	if !o.expects([]string{"late"}, 2*time.Second) {
		t.Error("what goes on for longer is not learnt")
	}
	o.note([]string{"page"}, time.Hour, false)
	if !o.expects([]string{"stamp"}, 100*ms) {
		t.Error("a change of another file is taken for the end of it")
	}
	o.note([]string{"stamp"}, time.Hour, false)
	if o.expects([]string{"stamp"}, 100*ms) {
		t.Error("still expected after somebody has saved the file")
	}
}
