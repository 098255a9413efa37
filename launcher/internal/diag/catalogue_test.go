package diag

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"devrun/launcher/internal/text"
)

// sourceCodes are the values of all constants of type Code in this package.
func sourceCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Code" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(text))
		}
		return true
	})
	return codes
}

func TestEveryCodeIsExplained(t *testing.T) {
	codes := sourceCodes(t)
	if len(codes) < 20 {
		t.Fatalf("found %d codes in the source; want all of them", len(codes))
	}
	var listed []Code
	for _, e := range Catalogue() {
		listed = append(listed, e.Code)
	}
	for _, code := range codes {
		e, ok := Explain(code)
		if !ok || !slices.Contains(listed, code) {
			t.Errorf("%s: no entry", code)
			continue
		}
		for name, text := range map[string]string{"title": e.Title, "meaning": e.Meaning, "evidence": e.Evidence, "fix": e.Fix, "example": e.Example} {
			if text == "" {
				t.Errorf("%s: no %s", code, name)
			}
		}
		if p := exampleOf(code); p.Code != code {
			t.Errorf("%s: its example is of %s", code, p.Code)
		}
	}
	if len(listed) != len(codes) {
		t.Errorf("got %d entries for %d codes; want one each", len(listed), len(codes))
	}
	if _, ok := Explain("no-such-code"); ok {
		t.Error("an unknown code is explained")
	}
}

// TestExamplesFit holds that each example fits 80 columns, except for commands,
// and obeys the house's rules for problems.
func TestExamplesFit(t *testing.T) {
	summary := regexp.MustCompile(`^[a-z0-9./'"][^\n]*[^.\s]$`)
	for _, e := range Catalogue() {
		p := exampleOf(e.Code)
		if len(p.Remedies) == 0 || len(p.Remedies) > maxRemedies {
			t.Errorf("%s: got %d remedies; want one to three", e.Code, len(p.Remedies))
		}
		if !summary.MatchString(p.Summary) {
			t.Errorf("%s: summary %q; want one line, lower case, without a period", e.Code, p.Summary)
		}
		for line := range strings.Lines(e.Example) {
			line = strings.TrimSuffix(line, "\n")
			pasted := slices.ContainsFunc(p.Remedies, func(r Remedy) bool { return strings.HasSuffix(line, r.String()) })
			if text.Columns(line) > width && !pasted {
				t.Errorf("%s: %d columns: %q", e.Code, text.Columns(line), line)
			}
		}
		if _, err := json.Marshal(p); err != nil {
			t.Errorf("%s: %v", e.Code, err)
		}
		for _, r := range p.Remedies {
			if strings.HasPrefix(r.String(), "devrun free") && r.String() == p.Remedies[0].String() {
				t.Errorf("%s: %q comes first; want one of devrun's own", e.Code, r.String())
			}
		}
	}
}

func TestExitStatuses(t *testing.T) {
	want := map[Code]int{
		CodePortInUse: 3, CodePortForeign: 6, CodeListeningElsewhere: 5, CodePortWantedTwice: 0, CodeListeningWide: 0, CodeListeningOneFamily: 5,
		CodeNotListening: 5, CodeReadyTimeout: 5, CodeExitedEarly: 4, CodeCrashLoop: 4, CodeCommandNotFound: 127,
		CodeNotExecutable: 126, CodeBadInterpreter: 126, CodeBuildFailed: 10, CodeLoopbackBlocked: 1, CodeWatchLimit: 0,
		CodeWatchBlind: 0, CodeRestartLoop: 0, CodeUncleanStop: 9, CodeConfigInvalid: 2, CodeAlreadyRunning: 3, CodeNotRunning: 5, CodeErrorAnswer: 7,
		CodeCheckFailed: 7, CodeExitedWhenReady: 8, CodeEnvFileInvalid: 2,
	}
	for _, code := range sourceCodes(t) {
		status, ok := want[code]
		if got := exampleOf(code).Status; !ok || got != status {
			t.Errorf("%s: got status %d; want %d", code, got, status)
		}
	}
}

func BenchmarkCatalogue(b *testing.B) {
	for b.Loop() {
		Catalogue()
	}
}

func TestEntryRender(t *testing.T) {
	var all strings.Builder
	for _, e := range Catalogue() {
		var plain, colored strings.Builder
		if err := e.Render(&plain, Style{}); err != nil {
			t.Fatal(err)
		}
		if err := e.Render(&colored, Style{Color: true}); err != nil || !strings.Contains(colored.String(), "\x1b[") {
			t.Errorf("%s: got %q, %v; want colours", e.Code, colored.String(), err)
		}
		for line := range strings.Lines(strings.TrimSuffix(plain.String(), e.Example)) {
			if text.Columns(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("%s: %q is wider than %d columns", e.Code, line, width)
			}
		}
		all.WriteString(plain.String() + "\n")
	}
	golden(t, "entries", all.String())
}

func TestNearestCode(t *testing.T) {
	for text, want := range map[string]Code{
		"port-in-us": CodePortInUse, "PORT-IN-USE": CodePortInUse, "portinuse": CodePortInUse, "port": CodePortInUse,
		"crashloop": CodeCrashLoop, "unclean": CodeUncleanStop, "xyzzy": "", "": "", "wide": CodeListeningWide,
	} {
		if got := NearestCode(text); got != want {
			t.Errorf("%q: got %q; want %q", text, got, want)
		}
	}
}
