package port

import (
	"iter"
	"slices"
	"testing"
)

// firstN returns the first n values of seq.
func firstN(seq iter.Seq[int], n int) []int {
	var list []int
	for p := range seq {
		if list = append(list, p); len(list) == n {
			break
		}
	}
	return list
}

func defaultLinux() System { return System{Ephemeral: linuxEphemeral()} }

// Teams rely on the order: these values never change.
func TestCandidatesGolden(t *testing.T) {
	for _, test := range []struct {
		seed string
		r    Range
		want []int
	}{
		{"shop/api", Dynamic(), []int{61869, 61870, 61871}},
		{"shop/web", Dynamic(), []int{61922, 61923, 61924}},
		{"", Dynamic(), []int{64004, 64005, 64006}},
		{"shop/api", Range{3000, 3999}, []int{3445, 3446, 3447}},
		{"shop/api", Range{50000, 50009}, []int{50005, 50006, 50007, 50008, 50009, 50000, 50001, 50002, 50003, 50004}},
	} {
		if got := firstN(Candidates(test.r, defaultLinux(), test.seed), len(test.want)); !slices.Equal(got, test.want) {
			t.Errorf("Candidates(%v, Linux, %q) begins %v; want %v", test.r, test.seed, got, test.want)
		}
	}
}

func TestCandidatesAgreeOnEverySystem(t *testing.T) {
	want := firstN(Candidates(Dynamic(), defaultLinux(), "shop/api"), 4536)
	for name, sys := range map[string]System{
		"macOS, Windows":  {Ephemeral: Dynamic()},
		"wide Linux":      {Ephemeral: Range{1024, 65535}},
		"unknown":         {},
		"other half only": {Ephemeral: Range{32768, 50000}},
	} {
		if got := firstN(Candidates(Dynamic(), sys, "shop/api"), 4536); !slices.Equal(got, want) {
			t.Errorf("%s: candidates begin %v; want as on Linux %v", name, got[:3], want[:3])
		}
	}
}

func TestCandidatesYieldEachPortOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Range
		sys  System
	}{
		{"default", Dynamic(), defaultLinux()},
		{"reserved", Dynamic(), System{Ephemeral: linuxEphemeral(), Reserved: []Range{{61000, 61999}, {50000, 50000}, {1, 10}}}},
		{"ephemeral in the middle", Range{100, 199}, System{Ephemeral: Range{120, 130}}},
		{"across Linux's range", Range{30000, 62000}, System{Ephemeral: Range{40000, 61500}}},
		{"all ephemeral", Range{100, 199}, System{Ephemeral: Range{1, 65535}}},
		{"all reserved", Range{100, 199}, System{Reserved: []Range{{1, 65535}}}},
		{"one port", Range{100, 100}, defaultLinux()},
		{"too wide", Range{-5, 70000}, System{}},
		{"empty", Range{}, System{}},
		{"reversed", Range{20, 10}, System{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []int
			ephemeralSeen := false
			for p := range Candidates(test.r, test.sys, "seed") {
				got = append(got, p)
				isEphemeral := test.sys.Ephemeral.Contains(p)
				if ephemeralSeen && !isEphemeral {
					t.Fatalf("%d, outside the ephemeral range, comes after a port inside", p)
				}
				ephemeralSeen = ephemeralSeen || isEphemeral
			}
			var want []int
			for p := max(test.r.First, 1); p <= min(test.r.Last, 65535); p++ {
				if test.r != (Range{}) && !test.sys.IsReserved(p) {
					want = append(want, p)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got %d ports; want each of %d once", len(got), len(want))
			}
		})
	}
}

func TestCandidatesCanBeRangedTwice(t *testing.T) {
	seq := Candidates(Range{100, 120}, System{}, "x")
	if first, second := slices.Collect(seq), slices.Collect(seq); !slices.Equal(first, second) {
		t.Errorf("second pass = %v; want %v", second, first)
	}
}

func BenchmarkCandidatesFirst200(b *testing.B) {
	sys := System{Ephemeral: linuxEphemeral(), Reserved: []Range{{8080, 8080}, {61100, 61110}}}
	b.ReportAllocs()
	for b.Loop() {
		firstN(Candidates(Dynamic(), sys, "shop/api"), 200)
	}
}
