package port

import (
	"errors"
	"slices"
	"testing"
)

func TestParseRange(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Range
		rule string // of the *RangeError; empty if in is valid
	}{
		{"61000-61999", Range{61000, 61999}, ""},
		{"61000", Range{61000, 61000}, ""},
		{"1-65535", Range{1, 65535}, ""},
		{"7-7", Range{7, 7}, ""},
		{"", Range{}, ruleSyntax},
		{"-", Range{}, ruleSyntax},
		{"-5", Range{}, ruleSyntax},
		{"5-", Range{}, ruleSyntax},
		{"1-2-3", Range{}, ruleSyntax},
		{" 1", Range{}, ruleSyntax},
		{"+1", Range{}, ruleSyntax},
		{"0x10", Range{}, ruleSyntax},
		{"auto", Range{}, ruleSyntax},
		{"0", Range{}, rulePorts},
		{"0-10", Range{}, rulePorts},
		{"65536", Range{}, rulePorts},
		{"1-99999999999999999999", Range{}, rulePorts},
		{"20-10", Range{}, "the first port is greater than the last"},
	} {
		got, err := ParseRange(test.in)
		var rangeErr *RangeError
		rule := ""
		if errors.As(err, &rangeErr) {
			rule = rangeErr.Rule
		}
		if got != test.want || rule != test.rule || (err != nil) != (test.rule != "") {
			t.Errorf("ParseRange(%q) = %v, %v; want %v, rule %q", test.in, got, err, test.want, test.rule)
		}
	}
	_, err := ParseRange("70000")
	if want := `port range "70000": ports are 1 to 65535`; err == nil || err.Error() != want {
		t.Errorf("ParseRange(70000): %v; want %s", err, want)
	}
}

func TestRange(t *testing.T) {
	for _, test := range []struct {
		r     Range
		len   int
		text  string
		in    []int
		notIn []int
	}{
		{Range{10, 12}, 3, "10-12", []int{10, 11, 12}, []int{9, 13, 0}},
		{Range{10, 10}, 1, "10", []int{10}, []int{9, 11}},
		{Range{}, 0, "0", nil, []int{0, 1}},
		{Dynamic(), 16384, "49152-65535", []int{49152, 65535}, []int{49151}},
	} {
		if got := test.r.Len(); got != test.len {
			t.Errorf("%v.Len() = %d; want %d", test.r, got, test.len)
		}
		if got := test.r.String(); got != test.text {
			t.Errorf("%#v.String() = %q; want %q", test.r, got, test.text)
		}
		for _, p := range test.in {
			if !test.r.Contains(p) {
				t.Errorf("%v.Contains(%d) = false; want true", test.r, p)
			}
		}
		for _, p := range test.notIn {
			if test.r.Contains(p) {
				t.Errorf("%v.Contains(%d) = true; want false", test.r, p)
			}
		}
	}
}

func TestParsePortList(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []Range
		ok   bool
	}{
		{"", nil, true},
		{"\n", nil, true},
		{"8080,9148-9150\n", []Range{{8080, 8080}, {9148, 9150}}, true},
		{"0", nil, true},
		{"0-3,5", []Range{{1, 3}, {5, 5}}, true},
		{"8080,", nil, false},
		{",", nil, false},
		{"8080 9090", nil, false},
		{"0-0", nil, false},
		{"70000", nil, false},
	} {
		got, err := ParsePortList(test.in)
		var rangeErr *RangeError
		if !slices.Equal(got, test.want) || (err == nil) != test.ok || (err != nil && !errors.As(err, &rangeErr)) {
			t.Errorf("ParsePortList(%q) = %v, %v; want %v, ok %v", test.in, got, err, test.want, test.ok)
		}
	}
}

func TestParseLocalRange(t *testing.T) {
	if got, err := parseLocalRange("32768\t60999\n"); err != nil || got != linuxEphemeral() {
		t.Errorf("parseLocalRange of the default = %v, %v; want %v", got, err, linuxEphemeral())
	}
	for _, in := range []string{"", "32768", "1 2 3", "a b"} {
		if got, err := parseLocalRange(in); err == nil {
			t.Errorf("parseLocalRange(%q) = %v; want an error", in, got)
		}
	}
}

func TestReadSystem(t *testing.T) {
	sys, err := ReadSystem()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatal(err)
	}
	if sys.Ephemeral.Len() == 0 || sys.Ephemeral.First < minPort || sys.Ephemeral.Last > maxPort {
		t.Errorf("ephemeral range = %v; want one within 1-65535", sys.Ephemeral)
	}
}

func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"61000-61999", "61000", "", "-", "1-65535", "0-1", "9-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRange(s)
		if err != nil {
			return
		}
		if r.First < minPort || r.First > r.Last || r.Last > maxPort {
			t.Fatalf("ParseRange(%q) = %v, not within 1-65535", s, r)
		}
		if again, err := ParseRange(r.String()); err != nil || again != r {
			t.Errorf("ParseRange(%q) = %v, %v; want %v", r.String(), again, err, r)
		}
	})
}

func FuzzParsePortList(f *testing.F) {
	for _, seed := range []string{"8080,9148-9150\n", "", "0-3", ",", "1,2,3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParsePortList(s)
		for _, r := range list {
			if err != nil || r.First < minPort || r.First > r.Last || r.Last > maxPort {
				t.Fatalf("ParsePortList(%q) = %v, %v", s, list, err)
			}
		}
	})
}
