package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// A simulation drives a settler with a clock of its own.
type simulation struct {
	settler
	start time.Time
	log   []string
}

// A moment is a change of the simulation at a time, in milliseconds.
type moment struct {
	at      int
	touch   bool
	changed int  // from now on
	busy    bool // from now on
	rebase  bool // from now on
	until   int  // from now on; 0: none
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// play returns the actions of the settler, as "4 dirty" or "20 batch".
func play(moments ...moment) []string {
	s := &simulation{start: time.Unix(1e9, 0)}
	s.timing = newTiming(ms(50))
	var f facts
	at := s.start
	run := func() {
		for {
			switch s.step(at, func(bool) facts { return f }) {
			case actAnnounce:
				s.say(at, "dirty")
				continue
			case actBatch:
				word := "batch"
				if s.capped {
					word = "capped"
				}
				s.say(at, word)
				f.changed = 0
			case actDrop:
				s.say(at, "drop")
			}
			return
		}
	}
	for _, m := range moments {
		next := s.start.Add(ms(m.at))
		for s.phase != phaseIdle && s.wake.Before(next) {
			at = s.wake
			run()
		}
		at = next
		if m.touch {
			s.touch(at)
		}
		f.changed = max(f.changed, m.changed)
		if m.changed < 0 {
			f.changed = 0
		}
		f.busy, f.rebasing, f.until = m.busy, m.rebase, time.Time{}
		if m.until > 0 {
			f.until = s.start.Add(ms(m.until))
		}
		run()
	}
	for s.phase != phaseIdle {
		at = s.wake
		run()
	}
	return s.log
}

func (s *simulation) say(at time.Time, word string) {
	s.log = append(s.log, fmt.Sprintf("%d %s", at.Sub(s.start).Milliseconds(), word))
}

// storm touches every so many milliseconds, each time another file.
func storm(from, to, every int) (m []moment) {
	for at := from; at <= to; at += every {
		m = append(m, moment{at: at, touch: true, changed: (at-from)/every + 1})
	}
	return m
}

func TestSettle(t *testing.T) {
	tests := []struct {
		name string
		do   []moment
		want string
	}{
		{"a lone save", []moment{{at: 0, touch: true, changed: 1}}, "4 dirty, 15 batch"},
		{"a save in several steps", []moment{{at: 0, touch: true}, {at: 3, touch: true}, {at: 6, touch: true, changed: 1}}, "10 dirty, 21 batch"},
		{"a slow save", []moment{{at: 0, touch: true, changed: 1}, {at: 18, touch: true}, {at: 36, touch: true}, {at: 54, touch: true}}, "4 dirty, 15 batch, 22 drop, 40 drop, 58 drop"},
		{"nothing new", []moment{{at: 0, touch: true}}, "4 drop"},
		{"nothing new, then something", []moment{{at: 0, touch: true}, {at: 10, touch: true, changed: 1}}, "4 drop, 14 dirty, 25 batch"},
		{"two files", []moment{{at: 0, touch: true, changed: 1}, {at: 2, touch: true, changed: 2}}, "6 dirty, 52 batch"},
		{"a second file after Dirty", []moment{{at: 0, touch: true, changed: 1}, {at: 15, touch: true, changed: 2}}, "4 dirty, 65 batch"},
		{"two saves", []moment{{at: 0, touch: true, changed: 1}, {at: 200, touch: true, changed: 1}}, "4 dirty, 15 batch, 204 dirty, 215 batch"},
		{"a save right after another waits longer", []moment{{at: 0, touch: true, changed: 1}, {at: 30, touch: true, changed: 1}}, "4 dirty, 15 batch, 34 dirty, 80 batch"},
		{"taken back after Dirty", []moment{{at: 0, touch: true, changed: 1}, {at: 10, touch: true, changed: -1}}, "4 dirty, 60 batch"},
		{"emptied and never written", []moment{{at: 0, touch: true, changed: 1, until: 100}}, "100 dirty, 100 batch"},
		{"emptied, then written", []moment{{at: 0, touch: true, changed: 1, until: 100}, {at: 60, touch: true, changed: 1}}, "64 dirty, 110 batch"},
		{"a storm", storm(0, 1000, 1), "1004 dirty, 1050 batch"},
		{"a storm with pauses", storm(0, 1000, 10), "4 dirty, 1050 batch"},
		{"a storm beyond the cap", storm(0, 3000, 1), "2000 dirty, 2000 capped, 3004 dirty, 3050 batch"},
		{"one without end", storm(0, 6000, 30), "4 dirty, 15 batch, 34 dirty, 2030 capped, 2044 dirty, 4040 capped, 4054 dirty, 6050 batch"},
		{"git for three seconds", append([]moment{{at: 0, touch: true, changed: 5, busy: true}}, moment{at: 3000, touch: true, changed: 9, busy: true}, moment{at: 3001}), "3004 dirty, 3050 batch"},
		{"git holds its lock and does nothing", []moment{{at: 0, touch: true, changed: 5, busy: true}, {at: 400}}, "400 dirty, 444 batch"},
		{"a lock that nobody removes", []moment{{at: 0, touch: true, changed: 5, busy: true}}, "10000 dirty, 10000 capped"},
		{"git, and nothing new", []moment{{at: 0, touch: true, busy: true}, {at: 25}}, "25 drop"},
		{"a rebase", []moment{{at: 0, touch: true, changed: 1, rebase: true}, {at: 120, touch: true, changed: 2, rebase: true}, {at: 300, touch: true, changed: 3}}, "4 dirty, 350 batch"},
		{"a rebase that has stopped", []moment{{at: 0, touch: true, changed: 1, rebase: true}}, "4 dirty, 300 batch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := play(tt.do...)
			if !slices.Equal(got, strings.Split(tt.want, ", ")) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), tt.want)
			}
		})
	}
}
