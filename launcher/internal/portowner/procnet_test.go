package portowner

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"
)

var addrPortOf = netip.MustParseAddrPort

const procNetHeadings = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestParseProcNet(t *testing.T) {
	little := procNetHeadings +
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0\n" +
		"   1: 0100007F:1F90 0100007F:D431 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000\n" +
		"   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17 1 0000000000000000 100 0 0 10 0\n" +
		"   3: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18 1\n" +
		"   4: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:0001 01 00000000:00000000 00:00000000 00000000     0        0 19 1\n"
	big := procNetHeadings +
		"   0: 7F000001:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1\n" +
		"   1: 7F000001:1F90 7F000001:D431 06 00000000:00000000 03:00001770 00000000     0        0 0 3\n" +
		"   3: 00000000000000000000000000000001:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18 1\n" +
		"   4: 00000000000000000000FFFF7F000001:1F90 00000000000000000000FFFF7F000001:0001 01 00000000:00000000 00:00000000 00000000     0        0 19 1\n"
	want := []Socket{
		{Local: addrPortOf("127.0.0.1:8080"), State: Listen, UID: 1000, Inode: 4242},
		{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("127.0.0.1:54321"), State: TimeWait, UID: -1, Expires: time.Minute},
		{Local: addrPortOf("[::1]:8080"), State: Listen, Inode: 18},
		{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("127.0.0.1:1"), State: Established, Inode: 19},
	}
	for name, test := range map[string]struct {
		text   string
		order  binary.ByteOrder
		states uint32
		port   int
		want   []Socket
	}{
		"little-endian": {little, binary.LittleEndian, anyState, 8080, want},
		"big-endian":    {big, binary.BigEndian, anyState, 8080, want},
		"listeners":     {little, binary.LittleEndian, onlyListen, 8080, []Socket{want[0], want[2]}},
		"all ports": {little, binary.LittleEndian, onlyListen, 0,
			[]Socket{want[0], {Local: addrPortOf("0.0.0.0:22"), State: Listen, Inode: 17}, want[2]}},
		"other port": {little, binary.LittleEndian, anyState, 54321, nil},
		"empty":      {"", binary.LittleEndian, anyState, 0, nil},
		"headings":   {procNetHeadings, binary.LittleEndian, anyState, 0, nil},
	} {
		got, err := parseProcNet([]byte(test.text), test.order, test.states, test.port)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}

func TestParseProcNetErrors(t *testing.T) {
	for _, line := range []string{
		"nonsense",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 1000 0",
		"0: 0100007F1F90 00000000:0000 0A 0:0 00:0 0 1000 0 1",
		"0: 0100007:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 1",
		"0: 0100007G:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 1",
		"0: 0100007F:11F90 00000000:0000 0A 0:0 00:0 0 1000 0 1",
		"0: 0100007F:1F90 00000000:0000 FF 0:0 00:0 0 1000 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 -1 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 x",
		"0: 0100007F:1F90 00000000:0000 06 0:0 03:zz 0 1000 0 0",
	} {
		got, err := parseProcNet([]byte(procNetHeadings+line+"\n"), binary.LittleEndian, anyState, 0)
		if err == nil {
			t.Errorf("%q: got %+v; want an error", line, got)
		}
	}
}

func FuzzParseProcNet(f *testing.F) {
	f.Add([]byte(procNetHeadings + "   0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 1000 0 4242 1\n"))
	f.Add([]byte(procNetHeadings + "0: 00000000000000000000000001000000:1 00000000000000000000000000000000:0 06 0:0 03:9 0 0 0 0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		little, errLittle := parseProcNet(text, binary.LittleEndian, anyState, 0)
		big, errBig := parseProcNet(text, binary.BigEndian, anyState, 0)
		if (errLittle == nil) != (errBig == nil) || len(little) != len(big) {
			t.Fatalf("%d sockets, %v, and %d, %v, of the same text", len(little), errLittle, len(big), errBig)
		}
		for i := range little {
			if little[i].Local.Port() != big[i].Local.Port() || little[i].Local.Addr().Is4In6() || little[i].Expires < 0 {
				t.Errorf("got %+v and %+v", little[i], big[i])
			}
		}
	})
}
