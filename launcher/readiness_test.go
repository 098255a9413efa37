package launcher

import (
	"errors"
	"reflect"
	"regexp/syntax"
	"testing"

	"devrun/config"
	"devrun/launcher/internal/ready"
)

func TestReadyChecks(t *testing.T) {
	for _, text := range []string{"tcp", "http:/healthz?full=1", "log:^listening on .*:[0-9]+$", "exec:sh -c 'exit 0'", "none"} {
		parsed, err := ParseReady(text)
		if err != nil {
			t.Fatalf("ParseReady(%q): %v", text, err)
		}
		checks, err := readyChecks(parsed)
		if err != nil {
			t.Fatalf("readyChecks(%v): %v", parsed, err)
		}
		if got := describeChecks(checks); got != text {
			t.Errorf("ParseReady(%q), converted, is %q; want the same", text, got)
		}
	}
	checks, err := readyChecks([]config.Check{
		{Kind: config.CheckHTTP, Path: "/", Status: []int{200, 401}}, {Kind: config.CheckExec, Argv: []string{"true"}},
	})
	want := []ready.Check{{Kind: ready.HTTP, Path: "/", Status: []int{200, 401}}, {Kind: ready.Exec, Argv: []string{"true"}}}
	if err != nil || !reflect.DeepEqual(checks, want) {
		t.Errorf("readyChecks = %v, %v; want %v", checks, err, want)
	}
}

func TestReadyChecksErrors(t *testing.T) {
	var wrong *CheckError
	if _, err := readyChecks([]config.Check{{Kind: "ping"}}); !errors.As(err, &wrong) {
		t.Errorf("readyChecks of an unknown kind = %v; want a *CheckError", err)
	}
	var reason *syntax.Error
	if _, err := readyChecks([]config.Check{{Kind: config.CheckLog, Pattern: "("}}); !errors.As(err, &reason) {
		t.Errorf("readyChecks of a pattern that is none = %v; want a *syntax.Error inside", err)
	}
	var parse *ready.ParseError
	if _, err := ParseReady("ping"); !errors.As(err, &parse) {
		t.Errorf("ParseReady(ping) = %v; want a *ready.ParseError", err)
	}
}
