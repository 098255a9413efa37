package portowner

import (
	"slices"
	"testing"
)

func TestParseProcUnix(t *testing.T) {
	const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 17001 /run/app.sock
0000000000000000: 00000003 00000000 00000000 0001 03 17002 /run/app.sock
0000000000000000: 00000002 00000000 00010000 0001 01 17003 @abstract
0000000000000000: 00000002 00000000 00010000 0001 01 17004
0000000000000000: 00000002 00000000 00010000 0001 01 17005 /with a blank.sock
broken
`
	want := []unixSocket{{17001, "/run/app.sock"}, {17003, "@abstract"}, {17004, ""}, {17005, "/with a blank.sock"}}
	if got := parseProcUnix([]byte(text)); !slices.Equal(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func FuzzParseProcUnix(f *testing.F) {
	f.Add([]byte("0: 2 0 00010000 1 1 7 /x\n"))
	f.Fuzz(func(t *testing.T, text []byte) { parseProcUnix(text) })
}
