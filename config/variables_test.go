package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVariables holds where variables of the caller's environment are filled in, and
// where a $ stays as it is.
func TestVariables(t *testing.T) {
	t.Setenv("WHERE", "in side")
	t.Setenv("NAME", "x'y\"{port}")
	text := `
services:
  web:
    command: ./web $WHERE "a $WHERE" '$WHERE' \$WHERE ${NOT_SET:-none} $$WHERE {port}
    dir: sub/$WHERE
    env_file: ["$WHERE.env"]
    env: {A: "$WHERE", B: "$$WHERE $5 5$", C: "${NOT_SET-}", D: "./bin:${NAME}"}
    build: [make, "X=$WHERE", "$$(date)", "{print $1}"]
    ready: {all: [{exec: [test, $WHERE]}, {log: "$WHERE$"}, {http: "/${NOT_SET:-x}"}]}
    watch: {paths: ["$WHERE"], include: ["$WHERE/*"], ignore: ["$$x"]}
  script: {shell: "echo $WHERE ${port} $$"}
smoke:
  checks:
    - {get: /, service: web, headers: {X: $WHERE}, expect: {body: $WHERE}}
`
	file, err := Parse("devrun.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	web := file.Services[0]
	if want := "./web|in side|a in side|$WHERE|$WHERE|none|$WHERE|{port}"; strings.Join(web.Command, "|") != want {
		t.Errorf("command %q; want %s", web.Command, want)
	}
	if want := []string{"A=in side", "B=$WHERE $5 5$", "C=", "D=./bin:x'y\"{port}"}; !slices.Equal(web.Env, want) {
		t.Errorf("env %q; want %q", web.Env, want)
	}
	if want := []string{"make", "X=in side", "$(date)", "{print $1}"}; !slices.Equal(web.Build, want) {
		t.Errorf("build %q; want %q", web.Build, want)
	}
	for got, want := range map[string]string{
		filepath.Base(web.Dir): "in side", web.EnvFiles[0]: "in side.env", web.Ready.Checks[0].Argv[1]: "in side", web.Ready.Checks[1].Pattern: "$WHERE$",
		web.Ready.Checks[2].Path: "/x", web.Watch.Paths[0]: "in side", web.Watch.Include[0]: "in side/*", web.Watch.Ignore[0]: "$x",
		file.Services[1].Command[2]: "echo $WHERE ${port} $$", file.Smoke.Checks[0].Headers[0].Value: "in side", file.Smoke.Checks[0].Expect.Body: "$WHERE",
	} {
		if got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}
