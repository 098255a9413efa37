package keys

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestBurst(t *testing.T) {
	for name, test := range map[string]struct {
		bursts []string // each a second after the one before
		want   string   // the keys of the last one
	}{
		"a key":                   {[]string{"r"}, "r"},
		"key and service":         {[]string{"r2"}, "r2"},
		"and Enter":               {[]string{"r2\r"}, "r2\n"},
		"Enter, as sent and read": {[]string{"\r\n"}, "\n\n"},
		"Escape":                  {[]string{"\x1b"}, "\x1b"},
		"two Escapes":             {[]string{"\x1b\x1b"}, "\x1b\x1b"},
		"other alphabet":          {[]string{"й"}, "й"},
		"no UTF-8":                {[]string{"\xff\xfe"}, "��"},
		"control characters":      {[]string{"\x04\t\x0c\x7f"}, ""},

		"arrows":              {[]string{"\x1b[A\x1bOB\x1b[1;5C"}, ""},
		"function keys":       {[]string{"\x1bOP\x1b[15~\x1b[[A"}, ""},
		"Alt with a key":      {[]string{"\x1bq"}, ""},
		"Alt with a letter":   {[]string{"\x1bä"}, ""},
		"Alt with an arrow":   {[]string{"\x1b\x1b[A"}, ""},
		"mouse":               {[]string{"\x1b[<0;10;10M\x1b[<0;10;10m"}, ""},
		"mouse of X10":        {[]string{"\x1b[Mqqq"}, ""},
		"focus":               {[]string{"\x1b[I\x1b[O"}, ""},
		"kitty's q":           {[]string{"\x1b[113;5u"}, ""},
		"answers":             {[]string{"\x1b[?62;22c\x1b]11;rgb:00/00/qq\x1b\\\x1bP1$r0q\x1b\\\x1b]0;r\x07"}, ""},
		"key after a key":     {[]string{"\x1b[Aq"}, "q"},
		"sequence in pieces":  {[]string{"\x1b[1;", "5Cq"}, "q"},
		"mouse in pieces":     {[]string{"\x1b[Mq", "qqq"}, "q"},
		"broken off":          {[]string{"\x1b[1\nq"}, ""},
		"endless sequence":    {[]string{"\x1b]" + strings.Repeat("q", 500), "q"}, "q"},
		"key after an answer": {[]string{"\x1b]11;", "x\x07r"}, "r"},

		"pasted word":            {[]string{"quit"}, ""},
		"pasted line":            {[]string{"q\nq"}, ""},
		"pasted lines":           {[]string{"\nq"}, ""},
		"typed long after":       {[]string{"quit", "q"}, "q"},
		"bracketed paste":        {[]string{"\x1b[200~q\x1b[201~"}, ""},
		"bracketed in pieces":    {[]string{"\x1b[200~", "q", "r"}, ""},
		"after bracketed pieces": {[]string{"\x1b[200~", "q", "\x1b[201~", "r"}, "r"},
	} {
		t.Run(name, func(t *testing.T) {
			var r Reader
			var got []rune
			now := time.Unix(0, 0)
			for _, burst := range test.bursts {
				got = r.Burst(now, []byte(burst))
				now = now.Add(time.Second)
			}
			if string(got) != test.want {
				t.Errorf("got %q; want %q", string(got), test.want)
			}
		})
	}
}

// TestPasteInPieces types what arrives soon after a paste: its end.
func TestPasteInPieces(t *testing.T) {
	var r Reader
	now := time.Unix(0, 0)
	for _, piece := range []string{"some words", "q", "\n", "r"} {
		if got := r.Burst(now, []byte(piece)); len(got) > 0 {
			t.Errorf("%q of a paste gives the keys %q; want none", piece, string(got))
		}
		now = now.Add(pasteQuiet - 1)
	}
	now = now.Add(1)
	if got := string(r.Burst(now, []byte("q"))); got != "q" {
		t.Errorf("later, q gives the keys %q; want q", got)
	}
}

func TestLeave(t *testing.T) {
	for _, test := range []struct {
		typed, before, after string
		found                bool
	}{
		{"", "", "", false},
		{"p x\r", "p x\r", "", false},
		{"\x1d", "", "", true},
		{"c\r\x1dh", "c\r", "h", true},
		{"\x1d\x1d", "", "\x1d", true},
		{"a\x1b[93;5ub", "a", "b", true},
		{"a\x1b[27;5;93~b\x1d", "a", "b\x1d", true},
		{"\x1b[A\x03\x1a]", "\x1b[A\x03\x1a]", "", false},
	} {
		before, after, found := Leave([]byte(test.typed))
		if string(before) != test.before || string(after) != test.after || found != test.found {
			t.Errorf("Leave(%q) = %q, %q, %v; want %q, %q, %v", test.typed, before, after, found, test.before, test.after, test.found)
		}
	}
}

// FuzzBurst checks that keys come from the input, in its order, and few at once,
// however it is cut.
func FuzzBurst(f *testing.F) {
	f.Add("r1\r", 1)
	f.Add("\x1b[200~q\x1b[201~q", 3)
	f.Add("\x1b[Mqqqq\x1bOP\x1b", 2)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		cut = min(max(cut, 0), len(text))
		var r Reader
		rest := []rune(strings.ReplaceAll(text, "\r", "\n"))
		for i, burst := range []string{text[:cut], text[cut:]} {
			got := r.Burst(time.Unix(int64(i), 0), []byte(burst))
			characters := 0
			for _, key := range got {
				if key != Enter && key != Escape {
					characters++
				}
				at := slices.Index(rest, key)
				if at < 0 && key != utf8.RuneError {
					t.Fatalf("Burst(%q) after %q = %q, which was not typed", burst, text[:cut], string(got))
				}
				rest = rest[at+1:]
			}
			if characters > mostTyped {
				t.Errorf("Burst(%q) = %q; want at most %d characters", burst, string(got), mostTyped)
			}
		}
	})
}
