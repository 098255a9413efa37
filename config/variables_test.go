package config

import (
	"errors"
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

// TestTypedVariables holds that a key whose value is not any text takes a variable, and
// types what that gives as YAML types what is not quoted.
func TestTypedVariables(t *testing.T) {
	for name, value := range map[string]string{
		"PORT": "4000", "ON": "true", "OFF": " False ", "T": "3s", "N": "1", "POLICY": "never", "SIG": "INT", "FIRST": "61000", "WORD": "none", "DB": "db", "EMPTY": "",
	} {
		t.Setenv(name, value)
	}
	text := []byte(`
name: ${NOT_SET:-shop}
services:
  web:
    command: ./web
    port: ${PORT:-3000}
    expose: "$ON"
    adopt: ${ON}
    restart_dependents: ${NOT_SET:-true}
    watch: $OFF
    ready: {all: [{tcp: "$ON"}, {http: "${NOT_SET:-/x}", status: ["${N}04", "20$N"]}], timeout: "${N}m"}
    stop: {signal: SIG$SIG, timeout: "$T"}
    restart: {policy: $POLICY, backoff: {initial: "$T", max: "1$T", factor: "$N.5"}}
    depends_on: $DB
  db: {command: ./db, port: "${EMPTY:-3000}", depends_on: ["${WORD}"], watch: {settle: "$T"}}
  range: {command: ./a, port: {range: "$FIRST-${FIRST}"}, ready: "${NOT_SET-tcp}"}
  none: {command: ./a, port: $WORD, ready: $WORD}
smoke:
  timeout: ${N}m
  checks:
    - {get: "${NOT_SET:-/}", service: $DB, expect: {status: 20$N, within: "$T"}, retry: {times: "$N", for: "$T"}}
`)
	got, err := Parse("devrun.yaml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse("devrun.yaml", []byte(`
name: shop
services:
  web:
    command: ./web
    port: 4000
    expose: true
    adopt: true
    restart_dependents: true
    watch: false
    ready: {all: [{tcp: true}, {http: /x, status: [104, 201]}], timeout: 1m}
    stop: {signal: SIGINT, timeout: 3s}
    restart: {policy: never, backoff: {initial: 3s, max: 13s, factor: 1.5}}
    depends_on: db
  db: {command: ./db, port: 3000, depends_on: [none], watch: {settle: 3s}}
  range: {command: ./a, port: {range: 61000-61000}, ready: tcp}
  none: {command: ./a, port: none, ready: none}
smoke:
  timeout: 1m
  checks:
    - {get: /, service: db, expect: {status: 201, within: 3s}, retry: {times: 1, for: 3s}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, *got, *want)
	value, err := asJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := validator(t).Validate(value); err != nil {
		t.Errorf("the schema says %v", err)
	}
}

// TestTypedVariablesWrong holds what is reported of values that do not fit.
func TestTypedVariablesWrong(t *testing.T) {
	for name, value := range map[string]string{"P": "99999", "RANGE": "61000-61002", "EMPTY": "", "X": "yes", "R": "onfailure", "T": "30", "API_TOKEN": "hunter2", "DB": "dbx", "SAME": "4000"} {
		t.Setenv(name, value)
	}
	for line, want := range map[string]string{
		"port: ${P}":                       "99999: ports are 1 to 65535 (from ${P})",
		"port: ${NOT_SET:-0}":              "0: ports are 1 to 65535 (from ${NOT_SET:-0})",
		"port: $RANGE":                     "61000-61002: write a range as {range: \"$RANGE\"} (from $RANGE)",
		"port: ${EMPTY}":                   portRule + " (${EMPTY} is empty)",
		"port: $API_TOKEN":                 portRule + " (from $API_TOKEN)",
		"port: $NOT_SET":                   "'$NOT_SET': is not set in devrun's environment; write ${NOT_SET:-text} for a default, or $$ for a $",
		"port: $$P":                        "'$P': " + portRule + " (from $$P)",
		"port: $(date)":                    "$( runs no command here; write $$ for a $",
		"expose: ${X}":                     "yes: must be true or false (from ${X})",
		"restart: {policy: $R}":            "onfailure: must be on-failure or never (from $R); the nearest is on-failure",
		"stop: {timeout: $T}":              "30: a duration needs a unit, as in 30s (from $T)",
		"stop: {signal: $X}":               "yes: must be SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGKILL, SIGUSR1, SIGUSR2 or SIGWINCH (from $X)",
		"ready: $X":                        "yes: must be tcp or none (from $X)",
		"ready: {http: $X}":                "must begin with / (from $X)",
		"depends_on: $DB":                  "dbx: is not a service in this file (from $DB); the nearest is db",
		"dir: $EMPTY":                      "must not be empty ($EMPTY is empty)",
		"watch: {settle: $EMPTY}":          "must be a duration such as 300ms, 5s or 1m30s ($EMPTY is empty)",
		"restart: {backoff: {factor: $X}}": "yes: must be a number from 1 to 1000 (from $X)",
		"port: $SAME":                      "4000: is also the port of db (from $SAME)",
	} {
		_, err := Parse("devrun.yaml", []byte("services:\n  db: {command: ./db, port: 4000}\n  web:\n    command: ./web\n    "+line+"\n"), nil)
		var wrong *Error
		if !errors.As(err, &wrong) || len(wrong.Mistakes) != 1 {
			t.Errorf("%s: %v; want one mistake", line, err)
			continue
		}
		m := wrong.Mistakes[0]
		if _, text, _ := strings.Cut(m.Text(), ": "); text != want || m.Line != 5 || m.Column < 10 {
			t.Errorf("%s: got %d:%d %s; want %s", line, m.Line, m.Column, text, want)
		}
	}
}
