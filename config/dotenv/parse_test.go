package dotenv

import (
	"fmt"
	"strings"
	"testing"
)

// caller is the environment around the files of these tests.
func caller(name string) (string, bool) {
	value, ok := map[string]string{"HOME": "/home/ada", "EMPTY": "", "CALLER": "c{port}$HOME"}[name]
	return value, ok
}

// shown writes variables as NAME="value" for comparison; the last of a name counts.
func shown(variables []Variable) string {
	var words []string
	for _, v := range variables {
		words = append(words, fmt.Sprintf("%s=%q", v.Name, v.Value))
	}
	return strings.Join(words, " ")
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ``},
		{"\n # a comment\n\t\n", ``},
		{"A=1\nB=2", `A="1" B="2"`},
		{"A = 1 \t\n  export B=2\nexport\tC=3\nexport=4\nexport = 5\n", `A="1" B="2" C="3" export="4" export="5"`},
		{"A=\nB=''\nC=\"\"\nD= \n", `A="" B="" C="" D=""`},
		{"A=1\nA=2\n", `A="1" A="2"`},
		{"\ufeffA=1\r\nB=\"x\r\ny\"\r\nC=2\r\n", `A="1" B="x\ny" C="2"`},
		{"foo-bar=2\na.b=3\nA[0]=4\n1st=5\nä=6\nn:p=7\n\"q\"=8", `foo-bar="2" a.b="3" A[0]="4" 1st="5" ä="6" n:p="7" "q"="8"`},

		{"A=1 # c\nB=a#b\nC= # c\nD=#x\nE=a\t# c\nF='x' # c\nG=\"y\"# c\nH='#'\nI=\"a # b\"\n", `A="1" B="a#b" C="" D="#x" E="a" F="x" G="y" H="#" I="a # b"`},
		{"URL=postgres://u:p@h/d?a=b&c=d\nJSON={\"a\": \"b\"}\nQ=it's\nR=say \"hi\"\nS=\\n\n", `URL="postgres://u:p@h/d?a=b&c=d" JSON="{\"a\": \"b\"}" Q="it's" R="say \"hi\"" S="\\n"`},

		// Generated passwords.
		{"A=s3cr$Et9\nB=\"x$5y\"\nC=pa$$w\nD=$\nE=a$(x)\nF=${x\nG=${}\nH=${a b}\nI=p@$$$w0rd!\nJ=$$HOME", `A="s3cr$Et9" B="x$5y" C="pa$$w" D="$" E="a$(x)" F="${x" G="${}" H="${a b}" I="p@$$$w0rd!" J="$$HOME"`},
		{"A='$HOME'\nB='${HOME}'\nC=`$HOME`\n", `A="$HOME" B="${HOME}" C="$HOME"`},

		{`A="he said \"hi\""` + "\n" + `B="a\tb"` + "\n" + `P="C:\\dir\\"` + "\n" + `N="a\nb\rc"` + "\n" + `K="\q\d\0"` + "\n" + `D="\$HOME"`,
			`A="he said \"hi\"" B="a\tb" P="C:\\dir\\" N="a\nb\rc" K="\\q\\d\\0" D="$HOME"`},
		{`A='C:\dir\'` + "\n" + `B='it\'s'` + "\n" + `C='\n\\'` + "\n" + `D='x\' # c`, `A="C:\\dir\\" B="it's" C="\\n\\\\" D="x\\"`},
		{"A=\"one\n\n# two\n three\"\nB='a\nb=\"c\"'\nC=`x\n'y'`\nD=1", `A="one\n\n# two\n three" B="a\nb=\"c\"" C="x\n'y'" D="1"`},

		{"A=$HOME/x\nB=${HOME}y\nC=\"$HOME\"\nD=$CALLER\nE=$EMPTY.", `A="/home/ada/x" B="/home/aday" C="/home/ada" D="c{port}$HOME" E="."`},
		{"A=1\nB=$A$A\nA=2\nC=$A\nHOME=/h\nD=$HOME", `A="1" B="11" A="2" C="2" HOME="/h" D="/h"`},
		{"A=${X:-d}${EMPTY:-d}${EMPTY-d}${X-d}${HOME:-d}", `A="ddd/home/ada"`},
		{"A=${X:+s}${EMPTY:+s}${EMPTY+s}${HOME:+s}|${HOME:?m}${EMPTY?m}", `A="ss|/home/ada"`},
		{"A=${X:-${Y:-$HOME}}\nB=\"${X:-\\\"q\\\"}\"\nC=${X:-a$Zb}\nD=${X:-}\nE=${X:-}}", `A="/home/ada" B="\"q\"" C="a$Zb" D="" E="}"`},
		{"A=${X:0:3}\nB=${X!}", `A="${X:0:3}" B="${X!}"`},

		{"HOME\nexport EMPTY\nNOBODY\nexport NOBODY\nA=1\nexport A # c\n", `HOME="/home/ada" EMPTY="" A="1" A="1"`},
	} {
		got, mistakes := Parse(tt.text, caller)
		if shown(got) != tt.want || mistakes != nil {
			t.Errorf("Parse(%q)\n got %s %v\nwant %s", tt.text, shown(got), mistakes, tt.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const secret = "hunter2"
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"PASSWORD hunter2", []string{":1:1: must be NAME=value; a name cannot contain a blank"}},
		{"A=1\n  =hunter2\n", []string{":2:3: there is no name before the ="}},
		{"A=1\n  I: hunter2\nC:\n", []string{
			":2:4: must be NAME=value; this is NAME: value, as YAML has it", ":3:2: must be NAME=value; this is NAME: value, as YAML has it",
		}},
		{"A=\"hunter2\nB=1\n", []string{`:1:3: the quote " is not closed`}},
		{"A='hunter2\nhunter2\nB=1\n", []string{`:1:3: the quote ' is not closed`}},
		{"A=`hunter2", []string{":1:3: the quote ` is not closed"}},
		{"A=\"x\" hunter2", []string{":1:7: text follows the closing quote; the quote was opened on line 1"}},
		{"A=\"x\nB=\"hunter2\"\nC d", []string{
			":2:4: text follows the closing quote; the quote was opened on line 1",
			":3:1: must be NAME=value; a name cannot contain a blank",
		}},
		{"hunter2+/==x\nhunter2/x\n", []string{":2:1: must be NAME=value, or the NAME of a variable alone"}},
		{"A=1\nB=ä${X:?hunter2}${Y}\nC=\"a\n${X?hunter2}\"\nD=${EMPTY:?}", []string{
			":2:4: X is not set, or is empty", ":4:1: X is not set", ":5:3: EMPTY is not set, or is empty",
		}},
		{"A\x00B=1\nC=hunter2\x00\n", []string{":1:2: a name cannot contain a NUL character", ":2:1: the value contains a NUL character"}},
		{"\xff\xfeA\x00=\x001\x00", []string{":1:1: the file is UTF-16; it must be UTF-8"}},
		{"\ufeffA B\r\nC D\r\n", []string{":1:1: " + wantAssignment + "; a name cannot contain a blank", ":2:1: " + wantAssignment + "; a name cannot contain a blank"}},
	} {
		_, mistakes := Parse(tt.text, caller)
		var got []string
		for _, m := range mistakes {
			got = append(got, m.String())
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") || strings.Contains(strings.Join(got, ""), secret) {
			t.Errorf("Parse(%q): mistakes\n%s\nwant\n%s", tt.text, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestGrowth holds that variables that double each other end in a mistake and not in
// all memory.
func TestGrowth(t *testing.T) {
	var b strings.Builder
	b.WriteString("A0=0123456789\n")
	for i := range 60 {
		fmt.Fprintf(&b, "A%d=$A%d$A%d\n", i+1, i, i)
	}
	_, mistakes := Parse(b.String(), caller)
	if len(mistakes) == 0 || !strings.Contains(mistakes[0].Rule, "too long") {
		t.Errorf("got %v; want a mistake about the length", mistakes)
	}
}

// FuzzParse holds that every text ends in variables that a system accepts and in
// mistakes with a place in the text, and that plain values come back unchanged.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"A=1\n", "export B", "A=\"a\\\nb\" # c", "A='x\\' y'", "A=${B:-${C}}$", "\ufeffA: `\r\n`", "A=\"\n=", "${\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		variables, mistakes := Parse(text, caller)
		lines := strings.Count(text, "\n") + 1
		for _, v := range variables {
			if v.Name == "" || strings.ContainsAny(v.Name, "= \t\n\x00") || strings.ContainsRune(v.Value, 0) || v.Line < 1 || v.Line > lines {
				t.Errorf("Parse(%q): variable %+v", text, v)
			}
		}
		last := 0
		for _, m := range mistakes {
			if m.Line < last || m.Line > lines || m.Column < 1 || m.Rule == "" {
				t.Errorf("Parse(%q): mistake %+v", text, m)
			}
			last = m.Line
		}
		if strings.ContainsAny(text, "'\r\x00") {
			return
		}
		got, wrong := Parse("A='"+text+"'", caller)
		if strings.HasSuffix(text, `\`) || strings.Contains(text, "\\'") {
			return
		}
		if len(wrong) > 0 || len(got) != 1 || got[0].Value != text {
			t.Errorf("A='%s' gives %s %v", text, shown(got), wrong)
		}
	})
}
