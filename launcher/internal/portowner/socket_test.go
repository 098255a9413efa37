package portowner

import (
	"net/netip"
	"slices"
	"testing"
)

func TestSocketServes(t *testing.T) {
	for _, test := range []struct {
		local  string
		v6Only bool
		addr   string
		serves bool
		dial   string
	}{
		{"127.0.0.1:80", false, "127.0.0.1", true, "127.0.0.1:80"},
		{"127.0.0.1:80", false, "127.0.0.2", false, "127.0.0.1:80"},
		{"127.0.0.1:80", false, "::1", false, "127.0.0.1:80"},
		{"0.0.0.0:80", false, "127.0.0.2", true, "127.0.0.1:80"},
		{"0.0.0.0:80", false, "::1", false, "127.0.0.1:80"},
		{"[::1]:80", false, "::1", true, "[::1]:80"},
		{"[::1]:80", false, "127.0.0.1", false, "[::1]:80"},
		{"[::]:80", false, "127.0.0.1", true, "127.0.0.1:80"},
		{"[::]:80", false, "::1", true, "127.0.0.1:80"},
		{"[::]:80", true, "127.0.0.1", false, "[::1]:80"},
		{"[::]:80", true, "::1", true, "[::1]:80"},
	} {
		s := Socket{Local: netip.MustParseAddrPort(test.local), V6Only: test.v6Only}
		if got := s.Serves(netip.MustParseAddr(test.addr)); got != test.serves {
			t.Errorf("%s, v6Only %v: Serves(%s) = %v; want %v", test.local, test.v6Only, test.addr, got, test.serves)
		}
		if got := s.DialAddr(); got != netip.MustParseAddrPort(test.dial) {
			t.Errorf("%s, v6Only %v: DialAddr = %s; want %s", test.local, test.v6Only, got, test.dial)
		}
	}
}

func TestSocketHasRoom(t *testing.T) {
	for _, test := range []struct {
		queued, backlog int
		want            bool
	}{{0, 128, true}, {128, 128, true}, {129, 128, false}, {0, 0, false}} {
		if got := (Socket{Queued: test.queued, Backlog: test.backlog}).HasRoom(); got != test.want {
			t.Errorf("%d of %d queued: HasRoom = %v; want %v", test.queued, test.backlog, got, test.want)
		}
	}
}

func TestListenersAt(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	port := uint16(portOf(l.Addr()))
	for addr, want := range map[string]int{"127.0.0.1": 1, "127.0.0.2": 0, "::1": 0} {
		at := netip.AddrPortFrom(netip.MustParseAddr(addr), port)
		if got, err := ListenersAt(at); err != nil || len(got) != want {
			t.Errorf("%s: got %+v, %v; want %d listeners", at, got, err, want)
		}
	}
}

func TestLists(t *testing.T) {
	one, two := netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("[::1]:80")
	sockets := []Socket{{Local: two, Inode: 1}, {Local: one, Inode: 2}, {Local: two, Inode: 3}}
	if got, want := LocalAddrs(sockets), []netip.AddrPort{two, one}; !slices.Equal(got, want) {
		t.Errorf("LocalAddrs = %v; want %v", got, want)
	}
	if !HasInode(sockets, 2) || HasInode(sockets, 4) {
		t.Error("HasInode: want 2 and not 4")
	}
}
