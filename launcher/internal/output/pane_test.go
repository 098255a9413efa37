package output

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestPane(t *testing.T) {
	var screen bytes.Buffer
	p := NewPane(&screen)
	p.Replay()
	write := func(lines string) {
		if n, err := p.Write([]byte(lines)); n != len(lines) || err != nil {
			t.Errorf("Write(%q) = %d, %v; want all of it", lines, n, err)
		}
	}
	write("a\n")
	p.Hide()
	write("b\nc\n")
	p.Show()
	write("d\n")
	if got, want := screen.String(), "a\nd\n"; got != want {
		t.Errorf("after Show the screen is %q; want %q", got, want)
	}
	screen.Reset()
	p.Hide()
	p.Replay()
	write("e\n")
	if got, want := screen.String(), "a\nb\nc\nd\ne\n"; got != want {
		t.Errorf("after Replay the screen is %q; want %q", got, want)
	}
}

func TestPaneReplaysTheLastLines(t *testing.T) {
	var screen bytes.Buffer
	p := NewPane(&screen)
	p.Hide()
	for i := range 5000 {
		fmt.Fprintf(p, "line %d\n", i)
	}
	p.Replay()
	if got := strings.Split(strings.TrimSuffix(screen.String(), "\n"), "\n"); len(got) != recentLines || got[0] != "line 4980" || got[recentLines-1] != "line 4999" {
		t.Errorf("got %q; want the last %d lines", got, recentLines)
	}
	if len(p.recent) > maxRecent {
		t.Errorf("%d bytes are remembered; want at most %d", len(p.recent), maxRecent)
	}
	screen.Reset()
	p.Hide()
	fmt.Fprintf(p, "%s\n", strings.Repeat("x", 10*maxRecent))
	if p.Replay(); len(p.recent) > maxRecent {
		t.Errorf("%d bytes of a long line are remembered; want at most %d", len(p.recent), maxRecent)
	}
	if !strings.HasSuffix(screen.String(), "x\n") {
		t.Errorf("a long line is replayed as %q; want its end", screen.String())
	}
}
