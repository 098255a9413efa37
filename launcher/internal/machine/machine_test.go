package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseHosts(t *testing.T) {
	const text = "# 1.2.3.4 localhost\n127.0.0.1 localhost vm\n\n::1\tLOCALHOST ip6-localhost # localhost\nnonsense localhost\n10.0.0.1 other\nfe80::1%lo0 localhost"
	got := fmt.Sprint(parseHosts(text, "localhost"))
	if want := "[{2 127.0.0.1} {4 ::1} {7 fe80::1%lo0}]"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func FuzzParseHosts(f *testing.F) {
	f.Add("127.0.0.1 localhost\n#\n::1%x localhost")
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range parseHosts(text, "localhost") {
			if line.Number < 1 || !line.Addr.IsValid() {
				t.Errorf("%q: got %+v", text, line)
			}
		}
	})
}

func TestSortAddrs(t *testing.T) {
	var addrs []netip.Addr
	for _, text := range []string{"::1", "127.0.0.1", "::ffff:127.0.0.1", "10.0.0.9", "fe80::1%lo0"} {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	got := fmt.Sprint(sortAddrs(addrs))
	if want := "{[127.0.0.1 10.0.0.9] [::1 fe80::1] [10.0.0.9 fe80::1]}"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestResolveLocalhost(t *testing.T) {
	got, err := ResolveLocalhost(t.Context())
	if err != nil || len(got.IPv4)+len(got.IPv6) == 0 {
		t.Errorf("got %+v, %v; want an address", got, err)
	}
}

func TestTryLoopback(t *testing.T) {
	if err := TryLoopback(t.Context(), netip.MustParseAddrPort("127.0.0.1:0")); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var loopback *LoopbackError
	if err := TryLoopback(ctx, netip.MustParseAddrPort("127.0.0.1:0")); !errors.As(err, &loopback) {
		t.Errorf("cancelled: %v; want a *LoopbackError", err)
	}
	// An address of RFC 5737, which no machine has.
	if err := TryLoopback(t.Context(), netip.MustParseAddrPort("192.0.2.1:0")); !errors.As(err, &loopback) || !loopback.NoAddress() {
		t.Errorf("192.0.2.1: %v; want no address", err)
	}
}

func TestFileClock(t *testing.T) {
	dir := t.TempDir()
	ahead, err := FileClock(dir)
	if err != nil || ahead.Abs() > 2*time.Second {
		t.Errorf("got %v, %v; want next to nothing", ahead, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := FileClock(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v; want fs.ErrNotExist", err)
	}
}

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	if runtime.GOOS != "windows" {
		if err := os.Chmod(dir, 0o710); err != nil {
			t.Fatal(err)
		}
	}
	f, err := ReadFolder(dir)
	if err != nil || !f.Mine || f.WriteErr != nil || f.Free == 0 || runtime.GOOS != "windows" && f.Mode != 0o710 {
		t.Errorf("got %+v, %v; want a folder of mine, mode 0710, writable", f, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := ReadFolder(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v; want fs.ErrNotExist", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFolder(file); err == nil {
		t.Error("a file: no error; want one")
	}
}

func TestRuleListings(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such tools")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for _, name := range []string{"nft", "iptables", "ip6tables"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for ip6, want := range map[bool][]string{
		false: {"nft list ruleset", "iptables -S"},
		true:  {"nft list ruleset", "ip6tables -S"},
	} {
		if got := RuleListings(ip6); len(got) < 2 || !slices.Equal(got[:2], want) {
			t.Errorf("ip6 %v: got %q; want %q", ip6, got, want)
		}
	}
}

func TestCountWatches(t *testing.T) {
	const text = "pos:\t0\nflags:\t02004000\nmnt_id:\t15\nino:\t1\ninotify wd:2 ino:1 sdev:fe00000 mask:fc6\ninotify wd:1 ino:2\n"
	if got := countWatches(text); got != 2 {
		t.Errorf("got %d; want 2", got)
	}
}

func FuzzCountWatches(f *testing.F) {
	f.Add("inotify wd:1\n\ninotify")
	f.Fuzz(func(t *testing.T, text string) {
		if n := countWatches(text); n < 0 || n > len(text) {
			t.Errorf("%q: got %d", text, n)
		}
	})
}

func TestOpenFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such limit")
	}
	if soft, hard, err := OpenFiles(t.Context()); err != nil || soft == 0 || soft > hard {
		t.Errorf("got %d, %d, %v; want limits", soft, hard, err)
	}
	for text, want := range map[string][2]uint64{"256\nunlimited\n": {256, Unlimited}, "1\n2\n": {1, 2}, "": {}, "x\n1": {}, "1\n2\n3": {}} {
		if soft, hard, err := parseLimits(text); soft != want[0] || hard != want[1] || (err == nil) != (soft > 0) {
			t.Errorf("%q: got %d, %d, %v; want %v", text, soft, hard, err, want)
		}
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add("1024\nunlimited\n")
	f.Fuzz(func(t *testing.T, text string) {
		if soft, hard, err := parseLimits(text); err != nil && (soft != 0 || hard != 0) {
			t.Errorf("%q: got %d, %d with %v", text, soft, hard, err)
		}
	})
}
