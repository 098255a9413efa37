package diag

import (
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"devrun/launcher/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func render(t *testing.T, p Problem, style Style) string {
	t.Helper()
	var b strings.Builder
	if err := p.Render(&b, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The problem that the house style shows, to the column.
func TestRenderGrammar(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := PortInUse(PortInUseFacts{
		Port: 62893, Addr: netip.MustParseAddr("127.0.0.1"), WantedBy: "api, devrun.yaml:7", FreePort: 62894,
		Command: []string{"serve", "--password", "x"}, Now: now, Home: "/home/ada",
		Holders: []Holder{{
			PID: 41233, Name: "node", Argv: []string{"node", "server.js", "--port", "62893"}, Dir: "/home/ada/shop",
			Started: now.Add(-3*time.Hour - time.Minute), Mine: true, Run: &Run{Project: "shop", Service: "api", PID: 41200},
		}},
	})
	p.Remedies = p.Remedies[:2]
	want := `devrun: port 62893 on 127.0.0.1 is in use                          [port-in-use]
  wanted by  api, devrun.yaml:7
  held by    node (pid 41233), started 3h ago in ~/shop by you: node server.js
             --port 62893
  try        devrun stop shop/api        stop it (devrun started it)
             devrun --port auto -- …     take another port; 62894 is free
`
	if got := render(t, p, Style{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenderGolden(t *testing.T) {
	long := Problem{
		Code: "some-code", Status: 1,
		Summary: "a summary that is so long that its code does not fit beside it on one line any more",
		Facts: []Fact{
			{"one", "short"}, {"one", "the same label again, with a text that goes on for so long that it has to be wrapped at the width"},
			{"second", "aWordThatIsLongerThanTheWholeLineAndIsNeverBrokenBecauseItMayBeAPathOrAURLToCopyAsItIsHere"},
			{"third", "first line\nsecond line"}, {"fourth", ""},
		},
		Remedies: []Remedy{
			{Line: "short", Note: "why, in a text that goes on until it has to be wrapped, below itself"},
			{Line: "a command that is so long that nothing fits beside it, and that is never wrapped --flag --other-flag", Note: "why not"},
			{Line: "other", Note: "a third"},
		},
		Output: []string{"plain", "red text  ", "", "tab\there \x07 bell", "bad \xff byte"},
	}
	golden(t, "long-80", render(t, long, Style{}))
	golden(t, "long-color", render(t, long, Style{Color: true}))
	golden(t, "long-60", render(t, long, Style{Width: 60}))
	golden(t, "long-30", render(t, long, Style{Width: 30}))
	golden(t, "bare", render(t, Problem{Code: "bare", Summary: "nothing else is known"}, Style{}))
	golden(t, "no-code", render(t, Problem{Summary: "an error without a code", Status: 1}, Style{Color: true}))
	var all strings.Builder
	for _, e := range Catalogue() {
		all.WriteString(e.Example + "\n")
	}
	golden(t, "catalogue", all.String())
}

// At a terminal no line but a command, an address or quoted output is wider than it.
func TestRenderFits(t *testing.T) {
	for _, columns := range []int{40, 50, 60, 72, 80, 200} {
		for _, e := range Catalogue() {
			p := Problem{Code: e.Code, Summary: e.Title + ", and " + e.Title, Facts: []Fact{{"means", e.Meaning}}, Remedies: []Remedy{{Line: "devrun ps", Note: e.Fix}}}
			for line := range strings.Lines(render(t, p, Style{Width: columns})) {
				if got := text.Columns(strings.TrimSuffix(line, "\n")); got > min(columns, width) {
					t.Errorf("%s at %d columns: %q has %d", e.Code, columns, line, got)
				}
			}
		}
	}
}

func TestRenderIsPlain(t *testing.T) {
	hostile := "a\x1b[2Jb\rc\nd\u202ee\u2028f\x00"
	p := Problem{Code: "x", Summary: hostile, Facts: []Fact{{"who", hostile}}, Remedies: []Remedy{{Line: "kill 1" + hostile, Note: hostile}}, Output: []string{hostile}}
	got := render(t, p, Style{})
	if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
		t.Errorf("got %q; want no control character", got)
	}
	if n := strings.Count(got, "\n"); n != 6 {
		t.Errorf("got %d lines in %q; want 6", n, got)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestRenderReportsWriteError(t *testing.T) {
	if err := (Problem{}).Render(failing{}, Style{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v; want the writer's error", err)
	}
}

func TestProblemIsAnError(t *testing.T) {
	cause := errors.New("cause")
	var err error = PortInUse(PortInUseFacts{Port: 80, Err: cause})
	if !errors.Is(err, cause) || err.Error() != "port 80 is in use" {
		t.Errorf("got %q, is cause %v; want the summary, and the cause", err, errors.Is(err, cause))
	}
	var p Problem
	if !errors.As(err, &p) || p.Code != CodePortInUse {
		t.Errorf("got %v; want a Problem", p)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("summary", "label", "text with words", "command", "why")
	f.Add("", "", "", "", "")
	f.Add("ü\xff", "\x1b[", "a  b \x1b]", " ", "\n\n")
	f.Fuzz(func(t *testing.T, summary, label, fact, command, why string) {
		p := Problem{Code: "x", Summary: summary, Facts: []Fact{{label, fact}, {label, why}}, Remedies: []Remedy{{Line: command, Note: why}}, Output: []string{fact}}
		for line := range strings.SplitSeq(render(t, p, Style{}), "\n") {
			if strings.HasSuffix(line, " ") {
				t.Fatalf("got %q; want no space at its end", line)
			}
			if line != text.Printable(line) {
				t.Fatalf("got %q; want no control character", line)
			}
		}
	})
}

func BenchmarkRender(b *testing.B) {
	p := exampleOf(CodePortInUse)
	var w strings.Builder
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		_ = p.Render(&w, Style{})
	}
}
