package logs

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestRecord(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.FixedZone("", 3600))
	h := newHeader(at, Err)
	text := appendRecord(nil, &h, []byte("a\x00b"), true)
	if want := "2026-01-02T14:04:05.123456Z e+a\x00b\n"; string(text) != want {
		t.Errorf("record = %q; want %q", text, want)
	}
	got := new(decoder).decode(bytes.TrimSuffix(text, []byte("\n")))
	if !got.Time.Equal(at.Truncate(time.Microsecond)) || got.Source != Err || string(got.Text) != "a\x00b" || !got.Partial {
		t.Errorf("decode = %+v", got)
	}
}

func TestDamagedRecord(t *testing.T) {
	for _, line := range []string{
		"", "text", "2026-01-02T15:04", "2026-01-02T15:04:05.123456Z o", "2026-01-02T15:04:05.123456Z x text",
		"2026-02-31T15:04:05.123456Z o text", "2026-01-02T25:04:05.123456Z o text", "2026-01-02T15:04:05.123456Z o-text",
		"2026-01-02 15:04:05.123456Z o text", strings.Repeat("\x00", 32), "\tsame as nothing",
	} {
		if got := new(decoder).decode([]byte(line)); got.Source != "" || string(got.Text) != line {
			t.Errorf("decode(%q) = %+v; want it as it is", line, got)
		}
	}
}

// A record that is decoded is encoded to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("2026-01-02T15:04:05.123456Z o text"))
	f.Add([]byte("0000-12-31T23:59:59.999999Z d+\x00\xff"))
	f.Add([]byte("9999-02-29T00:00:00.000000Z e "))
	f.Fuzz(func(t *testing.T, line []byte) {
		r := new(decoder).decode(line)
		if r.Source == "" {
			if !bytes.Equal(r.Text, line) {
				t.Errorf("decode(%q) = %+v; want it as it is", line, r)
			}
			return
		}
		h := newHeader(r.Time, r.Source)
		if again := appendRecord(nil, &h, r.Text, r.Partial); !bytes.Equal(again[:len(again)-1], line) {
			t.Errorf("decode(%q) = %+v, encoded again %q", line, r, again)
		}
	})
}
