package output

import (
	"slices"
	"testing"
)

func TestModes(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", "plain \x1b[2J\x1b[H\x1b]0;title\x07", ""},
		{"full screen", "\x1b[?1049h\x1b[?25l\x1b[?1000h", "\x1b[?1000l\x1b[?25h\x1b[?1049l"},
		{"all is undone", "\x1b[?1049h\x1b[?25l\x1b[?1000;1006h\x1b[?1006;1000l\x1b[?25h\x1b[?1049l", ""},
		{"cursor and wrapping are on by default", "\x1b[?7;25h\x1b[?7l", "\x1b[?7h"},
		{"other modes", "\x1b[?12h\x1b[?8l\x1b[2h", ""},
		{"insert and new line", "\x1b[4;20h", "\x1b[4l\x1b[20l"},
		{"insert, given back", "\x1b[4h\x1b[4l", ""},
		{"the second character set", "\x1b)0\x0eqqq", "\x0f"},
		{"the first character set again", "\x0eqqq\x0f", ""},
		{"soft reset", "\x1b[?1049h\x1b[?25l\x1b[4h\x1b[?1000h\x1b[31m\x1b[!p", "\x1b[?1000l\x1b[?1049l"},
		{"paste and keys", "\x1b[?2004h\x1b[?1h\x1b=", "\x1b>\x1b[?1l\x1b[?2004l"},
		{"kitty keyboard", "\x1b[>1u\x1b[>3u\x1b[>7u\x1b[<u", "\x1b[<2u"},
		{"kitty keyboard, given back", "\x1b[>1u\x1b[<1u\x1b[=5;1u\x1b[=0;1u", ""},
		{"modifyOtherKeys", "\x1b[>4;2m", "\x1b[>4m"},
		{"modifyOtherKeys, given back", "\x1b[>4;2m\x1b[>4m", ""},
		{"region, shape and charset", "\x1b[2;9r\x1b[5 q\x1b(0", "\x1b7\x1b[r\x1b8\x1b[0 q\x1b(B"},
		{"colour", "\x1b[1;31mred", "\x1b[0m"},
		{"colours by pairs", "\x1b[1m\x1b[38;5;1mx\x1b[48;2;1;2;3m\x1b[4:3m\x1b[58:5:1m\x1b[39m\x1b[49m\x1b[22;24;59m\x1b[21m\x1b[24m\x1b[97;104m\x1b[39;49m", ""},
		{"colour after a reset", "\x1b[0;7m", "\x1b[0m"},
		{"reset", "\x1b[?1049h\x1b[31m\x1b=\x1b[>1u\x1bc", ""},
		{"broken off", "\x1b[?1049\x1b[?25l\x1b[?10", "\x1b[?25h"},
	}
	for _, test := range tests {
		for _, size := range []int{1, 3, 1000} {
			var m Modes
			for chunk := range slices.Chunk([]byte(test.in), size) {
				m.Follow(chunk)
			}
			if got := string(m.Undo()); got != test.want && got != reset+test.want {
				t.Errorf("%s, in pieces of %d: to be undone is %q; want %q", test.name, size, got, test.want)
			}
			if got := string(m.Reset()); got != test.want {
				t.Errorf("%s, in pieces of %d: got %q; want %q", test.name, size, got, test.want)
			}
			if got := m.Reset(); len(got) > 0 {
				t.Errorf("%s: a second Reset: got %q; want nothing", test.name, got)
			}
		}
	}
}

// What undoes all changes changes nothing itself.
func FuzzModes(f *testing.F) {
	f.Add([]byte("\x1b[?1049h\x1b[38;5m\x1b[>1u\x1b[2;3r\x1b=\x1b(0\x1b[3 q"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m Modes
		m.Follow(data)
		undo := m.Reset()
		m.Follow(undo)
		if again := m.Reset(); len(again) > 0 {
			t.Errorf("%q is undone by %q, which is undone by %q", data, undo, again)
		}
	})
}
