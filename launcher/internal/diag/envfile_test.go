package diag

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"devrun/config"
	"devrun/config/dotenv"
)

func TestEnvFileInvalid(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".env.sample"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mistakes := make([]dotenv.Mistake, 10)
	for i := range mistakes {
		mistakes[i] = dotenv.Mistake{Line: i + 1, Column: 2, Rule: "is wrong"}
	}
	for _, tt := range []struct {
		name, config string
		broken       dotenv.Error
		want         string
	}{
		{"missing, with a template", "", dotenv.Error{Path: filepath.Join(dir, ".env"), Err: os.ErrNotExist}, `
devrun: there is no env file .env                             [env-file-invalid]
  try  cp .env.sample .env                 begin with the project's template
       devrun explain env-file-invalid     how devrun reads env files
`},
		{"of a config file", "/shop/devrun.yaml", dotenv.Error{Path: "/shop/pipe", Err: errors.New("it is a pipe that nobody writes to")}, `
devrun: the env file /shop/pipe cannot be read: it is a pipe that nobody writes to  [env-file-invalid]
  wanted by  web, devrun.yaml:7
  try        devrun check                        check it again
             devrun explain env-file-invalid     how devrun reads env files
`},
		{"many mistakes", "", dotenv.Error{Path: filepath.Join(dir, "a", "b.env"), Mistakes: mistakes}, `
devrun: the env file a/b.env has 10 errors                    [env-file-invalid]
  a/b.env:1:2:  is wrong
  a/b.env:2:2:  is wrong
  a/b.env:3:2:  is wrong
  a/b.env:4:2:  is wrong
  a/b.env:5:2:  is wrong
  a/b.env:6:2:  is wrong
  a/b.env:7:2:  is wrong
  a/b.env:8:2:  is wrong
  and           2 more
  try           devrun explain env-file-invalid     how devrun reads env files
`},
	} {
		p := EnvFileInvalid(NewEnvFileFacts(&tt.broken, config.Service{Name: "web", Origin: "devrun.yaml:7", Dir: dir}, tt.config))
		var b strings.Builder
		if err := p.Render(&b, Style{}); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != tt.want {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestSearchedPath holds that a PATH is named only where it is not that of the caller.
func TestSearchedPath(t *testing.T) {
	for own, want := range map[string]string{"PATH=/bin": "the folders of the service's PATH", "PATH=./none": "the service's own PATH, which is not that of your shell: ./none"} {
		f := CommandFacts{Command: []string{"no-such-command"}, Dir: t.TempDir(), Err: &CommandError{Name: "no-such-command", Kind: NotFound}}
		f.Search([]string{own}, []string{"PATH=/bin"})
		if got := CommandProblem(f).Facts[0].Text; got != want {
			t.Errorf("%s: looked in %q; want %q", own, got, want)
		}
	}
}
