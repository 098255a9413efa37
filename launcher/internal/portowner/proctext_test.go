package portowner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseUID(t *testing.T) {
	for text, want := range map[string]int{
		"Name:\tnode\nUid:\t1000\t1001\t1002\t1003\nGid:\t1\t1\t1\t1\n": 1001,
		"Uid:\t0\t0\t0\t0": 0,
	} {
		if got, err := parseUID([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "Name:\tUid:\n", "Uid:\t1\n", "Uid:\ta\tb\n", "Uid:\t0\t-1\n"} {
		if got, err := parseUID([]byte(text)); err == nil || got != unknownUser {
			t.Errorf("%q: got %d, %v; want %d and an error", text, got, err, unknownUser)
		}
	}
}

func TestStartTime(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 4e6, time.UTC)
	if got, want := startTime(now, time.Hour, 100*60), time.Date(2026, 7, 1, 11, 1, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %v; want %v", got, want)
	}
	if got := startTime(now, time.Hour, 1<<63); !got.IsZero() {
		t.Errorf("got %v; want the zero Time", got)
	}
}

func TestParseCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"0::/\n":                           "",
		"0::/a:b":                          "/a:b",
		"garbage\n":                        "",
		"0::/user.slice/session-2.scope\n": "/user.slice/session-2.scope",
		"12:cpu:/\n4:memory:/docker/abc\n1:name=systemd:/x\n0::/\n":               "/docker/abc",
		"1:name=systemd:/init.scope/longer/than/that\n0::/system.slice/a.service": "/system.slice/a.service",
	} {
		if got := parseCgroup([]byte(text)); got != want {
			t.Errorf("%q: got %q; want %q", text, got, want)
		}
	}
}

func TestSplitArgv(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                  nil,
		"\x00":                              nil,
		"node\x00":                          {"node"},
		"sh\x00-c\x00echo a b\x00":          {"sh", "-c", "echo a b"},
		"a\x00\x00b\x00":                    {"a", "", "b"},
		"nginx: master process\x00\x00\x00": {"nginx: master process"},
		"title without end":                 {"title without end"},
	} {
		if got := splitArgv([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q; want %q", text, got, want)
		}
	}
}

func FuzzProcText(f *testing.F) {
	f.Add([]byte("Uid:\t1000\t1001\t1002\t1003\n"))
	f.Add([]byte("12:cpu:/\n0::/user.slice\n"))
	f.Add([]byte("a\x00b\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if uid, err := parseUID(text); (err != nil) != (uid == unknownUser) {
			t.Errorf("uid = %d, %v", uid, err)
		}
		if path := parseCgroup(text); path == "/" || strings.Contains(path, "\n") {
			t.Errorf("cgroup = %q", path)
		}
		if argv := splitArgv(text); len(argv) > 0 && argv[len(argv)-1] == "" {
			t.Errorf("argv = %q", argv)
		}
	})
}
