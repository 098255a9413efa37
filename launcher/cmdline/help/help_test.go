package help

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = `# why: not

First **bold** line
goes on with ` + "`code`" + `.

    devrun x  # and why

    more

- one
  more
- two

<!-- made -->
| a | b |
| --- | --- |
| ` + "`x\\|y`" + ` | [link](to) &lt; |
<!-- end -->

` + "```yaml\n    deep: {a: b}\n\n```" + `
## Second
`

func TestParse(t *testing.T) {
	want := []Block{
		{Kind: Heading, Level: 1, Text: "why: not"},
		{Kind: Paragraph, Text: "First **bold** line goes on with `code`."},
		{Kind: Code, Lines: []string{"devrun x  # and why", "", "more"}},
		{Kind: Item, Text: "one more"},
		{Kind: Item, Text: "two"},
		{Kind: Table, Rows: [][]string{{"a", "b"}, {"`x|y`", "[link](to) &lt;"}}, Table: "made"},
		{Kind: Code, Lines: []string{"    deep: {a: b}"}},
		{Kind: Heading, Level: 2, Text: "Second"},
	}
	if got := Parse(sample); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestSpans(t *testing.T) {
	for in, want := range map[string][]span{
		"":                      nil,
		"a `b` **c `d`** e":     {{"a ", false, false}, {"b", true, false}, {" ", false, false}, {"c ", false, true}, {"d", true, true}, {" e", false, false}},
		"[x](y) * ` [z":         {{"x * ` [z", false, false}},
		"`**/*.go` and &#124;":  {{"**/*.go", true, false}, {" and |", false, false}},
		"`[a](b)` &lt; `&amp;`": {{"[a](b)", true, false}, {" < ", false, false}, {"&amp;", true, false}},
	} {
		got := spans(in)
		for i := 1; i < len(got); { // neighbours of one style are one
			if got[i].code == got[i-1].code && got[i].bold == got[i-1].bold && !got[i].code {
				got[i-1].text += got[i].text
				got = append(got[:i], got[i+1:]...)
				continue
			}
			i++
		}
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v; want %+v", in, got, want)
		}
	}
}

func TestText(t *testing.T) {
	want := `why: not
  First bold line goes on with
  code.

    devrun x  # and why

    more

  - one more
  - two

  a    b
  x|y  link <

        deep: {a: b}

Second
`
	if got := Text(Parse(sample), Style{Width: 32}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	terms := []Block{{Kind: Terms, Rows: [][]string{{"-p, --port N", "a number, or auto"}, {"--a-very-long-flag VALUE", "what it does"}, {"alone", ""}}}}
	want = `  -p, --port N  a number, or
                auto
  --a-very-long-flag VALUE
                what it does
  alone
`
	if got := Text(terms, Style{Width: 32}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	narrow := []Block{{Kind: Table, Rows: [][]string{{"variable", "value"}, {"`DEVRUN_API_URL`", "of another service"}}}}
	want = "  variable\n      value\n  DEVRUN_API_URL\n      of another\n      service\n"
	if got := Text(narrow, Style{Width: 20}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := Text(Parse("a `b c`"), Style{Width: 80, Color: true}), "  a \x1b[1mb c\x1b[0m\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestRoff(t *testing.T) {
	got := Roff(Parse("# NAME\n\n.a - `b\\c` …\n\n    'x'\n\n| k | v | default |\n| --- | --- | --- |\n| `--f` | what | 5 |\n"))
	want := ".SH NAME\n\\&.a \\- \\fBb\\ec\\fR \\[u2026]\n" +
		".PP\n.RS 4\n.nf\n\\(aqx\\(aq\n.fi\n.RE\n" +
		".TP\n\\fB\\-\\-f\\fR\nwhat; default: 5\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzText holds that any page can be shown, on lines that are not longer than the
// width but for words and code.
func FuzzText(f *testing.F) {
	f.Add(sample, 40)
	f.Add("| a |\n| b | c | d |\n<!-- x", 3)
	f.Add("``` \n**`[](", 0)
	f.Fuzz(func(t *testing.T, page string, width int) {
		blocks := Parse(page)
		shown := Text(blocks, Style{Width: width % 200})
		if utf8.ValidString(page) && !utf8.ValidString(shown) {
			t.Errorf("%q is shown as %q", page, shown)
		}
		for line := range strings.Lines(Roff(blocks)) {
			if strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
				t.Errorf("%q is not ASCII", line)
			}
		}
	})
}
