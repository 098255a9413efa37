package output

import (
	"bytes"
	"slices"
	"testing"
)

func TestStripANSI(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "plain text\twith tab", "plain text\twith tab"},
		{"colours", "\x1b[1;31mred\x1b[0m and \x1b[38:5:200mpink\x1b[m", "red and pink"},
		{"cursor", "\x1b[2K\x1b[1G\x1b[?25lx\x1b[H", "x"},
		{"two bytes", "a\x1b7b\x1bcc\x1b(Bd\x1b#8e", "abcde"},
		{"link", "\x1b]8;;http://x/\x1b\\text\x1b]8;;\x07 end", "text end"},
		{"title", "\x1b]0;title\x07text", "text"},
		{"title in UTF-8", "\x1b]0;Ä\xc2\xb7\xc2\x9ctext", "text"},
		{"DCS and APC", "a\x1bPq#0;2;0;0;0~\x1b\\b\x1b_x\x1b\\c", "abc"},
		{"controls", "a\x00b\x07c\x08d\x7fe", "abcde"},
		{"line ends stay", "a\r\nb\rc", "a\r\nb\rc"},
		{"UTF-8", "grün · 漢字 🙂", "grün · 漢字 🙂"},
		{"C1 in UTF-8", "a\u009b31mb\u009d0;t\u009cc\u0085d", "abcd"},
		{"cut short", "text\x1b[1;3", "text"},
		{"ESC at the end", "text\x1b", "text"},
		{"text cut by the line's end", "a\x1b]0;title\nb", "a\nb"},
		{"broken by text", "\x1b[31\u00e4x", "äx"},
		{"ESC within a sequence", "\x1b[3\x1b[31mx", "x"},
		{"ESC within a text", "\x1b]0;t\x1b[31mx", "x"},
		{"cancelled", "\x1b]0;t\x18x\x1b[3\x18y", "xy"},
		{"joined by stripping", "\xc2\x1b[m\x9b31mx", "x"},
		{"not UTF-8", "\xff\x9b\xc2", "\xff\x9b\xc2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(StripANSI(nil, []byte(test.in))); got != test.want {
				t.Errorf("StripANSI(%q) = %q; want %q", test.in, got, test.want)
			}
			line := []byte(test.in)
			if got := string(StripANSI(line[:0], line)); got != test.want {
				t.Errorf("StripANSI in place of %q = %q; want %q", test.in, got, test.want)
			}
			if got := string(StripANSI([]byte("\xc2"), []byte(test.in))); got != "\xc2"+test.want {
				t.Errorf("StripANSI of %q after a byte = %q; want %q", test.in, got, "\xc2"+test.want)
			}
		})
	}
}

func TestFilterKeepsStyle(t *testing.T) {
	in := "\x1b[2K\x1b[1;31mred\x1b[0m\x1b[?25h \x1b[>4;1mx\x1b[38:2::1:2:3my\x1b[m\x1b]0;t\x07"
	if got, want := string(filter(nil, []byte(in), true)), "\x1b[1;31mred\x1b[0m x\x1b[38:2::1:2:3my\x1b[m"; got != want {
		t.Errorf("filter(%q) = %q; want %q", in, got, want)
	}
}

func TestWholeLength(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0}, {"abc", 3}, {"ab\xc3", 2}, {"abä", 4}, {"a\xf0\x9f\x99", 1}, {"a🙂", 5}, {"\xf0", 1},
		{"ab\x1b", 2}, {"ab\x1b[3", 2}, {"ab\x1b[31m", 7}, {"ab\x1b[31mc", 8}, {"\x1b[3", 3}, {"a\xff\xff\xff\xff", 5},
	}
	for _, test := range tests {
		if got := wholeLength([]byte(test.in)); got != test.want {
			t.Errorf("wholeLength(%q) = %d; want %d", test.in, got, test.want)
		}
	}
}

func FuzzStripANSI(f *testing.F) {
	for _, s := range []string{"a\x1b[31mb\x1b[0m", "\x1b]8;;u\x1b\\t", "\xc2\x9b1mx", "\xc2\x1b[m\x9b", "\x1b\x1b[", "\xc2\xc2\x9b\x9b", "\x1bP\xc2\x9c", "ä\r\n\t\x7f"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := StripANSI(nil, data)
		for i, b := range got {
			if b < 0x20 && b != '\t' && b != '\n' && b != '\r' || b == 0x7f {
				t.Errorf("StripANSI(%q) has the control character %#x at %d", data, b, i)
			}
		}
		if again := StripANSI(nil, got); !bytes.Equal(again, got) {
			t.Errorf("StripANSI(%q) = %q; stripped again it is %q", data, got, again)
		}
		line := slices.Clone(data)
		if inPlace := StripANSI(line[:0], line); !bytes.Equal(inPlace, got) {
			t.Errorf("StripANSI(%q) = %q; in place it is %q", data, got, inPlace)
		}
		line = slices.Clone(data)
		if styled := StripANSI(nil, filter(line[:0], line, true)); !bytes.Equal(styled, got) {
			t.Errorf("StripANSI(%q) = %q; by way of the styled form it is %q", data, got, styled)
		}
		if n := wholeLength(data); n > len(data) || n < min(1, len(data)) {
			t.Errorf("wholeLength(%q) = %d", data, n)
		}
	})
}

func BenchmarkStripANSI(b *testing.B) {
	for _, bench := range []struct{ name, line string }{
		{"plain", "2026-01-02T03:04:05.678Z INFO request method=GET path=/api/v1/items status=200 took=1.2ms"},
		{"coloured", "\x1b[2m2026-01-02T03:04:05.678Z\x1b[0m \x1b[32mINFO\x1b[0m request method=GET path=/api/v1/items"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			line, buf := []byte(bench.line), []byte(nil)
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				buf = StripANSI(buf[:0], line)
			}
		})
	}
}
