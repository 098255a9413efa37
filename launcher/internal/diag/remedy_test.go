package diag

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRemedyString(t *testing.T) {
	tests := []struct {
		remedy Remedy
		want   string
	}{
		{why("3000"), "devrun why 3000"},
		{whyAs("sudo", "3000"), "sudo devrun why 3000"},
		{logs("api", true), "devrun logs -f api"},
		{doctorFix(), "devrun doctor --fix"},
		{Remedy{Sub: "schema", To: "a file"}, "devrun schema > 'a file'"},
		{rerun([]string{"node", "a b"}, "api", option("port", "auto")), "devrun --port auto -- node 'a b'"},
		{rerun(nil, "api", toggle("adopt")), "devrun --adopt api"},
		{rerun([]string{"serve", "--password", "x"}, "", option("env", "TOKEN=x")), "devrun --env TOKEN=*** -- …"},
		{Remedy{Flags: []Flag{{Name: "adopt", Value: "false", Toggle: true}}, Args: []string{"api"}}, "devrun --adopt=false api"},
		{instead("", []string{"npx", "vite", "--port", "{port}"}), "devrun -- npx vite --port {port}"},
		{instead("/x/devrun.yaml", []string{"npx", "vite", "--port", "{port}"}), "command: npx vite --port {port}"},
		{instead("/x/devrun.yaml", []string{"'a", "x: y", "-p"}), `command: '''''\''''a'' ''x: y'' -p'`},
		{instead("/x/Procfile", []string{"npx", "vite", "--port", "{port}"}), "devrun"},
		{instead("/x/devrun.yaml", []string{"a", "--token", "x", "-p"}), "devrun"},
		{instead("", nil), "devrun"},
		{instead("", []string{"a", "--token", "x"}), "devrun"},
		{line("kill 1"), "kill 1"},
	}
	for _, test := range tests {
		if got := test.remedy.String(); got != test.want {
			t.Errorf("%+v: got %s; want %s", test.remedy, got, test.want)
		}
	}
}

func TestRemedyJSON(t *testing.T) {
	r := Remedy{Line: "expose: true", File: "devrun.yaml", Note: "if so"}
	got, err := json.Marshal(r)
	if want := `{"command":"expose: true","why":"in devrun.yaml: if so"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(Remedy{Sub: "schema", To: "x"})
	if want := `{"command":"devrun schema > x","why":""}` + "\n"; err != nil || b.String() != want {
		t.Errorf("got %s, %v; want %s", b.String(), err, want)
	}
}

// TestProblemFor holds what a remedy repeats of the command line of the user.
func TestProblemFor(t *testing.T) {
	config, ready, quiet := option("config", "o.yaml"), Flag{Name: "ready", Value: "exec:a b", OfOne: true}, option("log-level", "debug")
	port, within := Flag{Name: "port", Value: "3000", OfOne: true}, Flag{Name: "port-range", Value: "1-2", OfOne: true}
	typed := func(sub string, services []string, flags ...Flag) Typed {
		return Typed{Sub: sub, Services: services, Flags: flags, Known: map[string][]string{
			"":      {"config", "ready", "port", "port-range", "adopt", "ignore", "replace", "log-level", "ready-timeout"},
			"smoke": {"config", "ready", "port-range", "timeout", "get"}, "check": {"config"}, "why": {"json"},
		}}
	}
	node := []string{"node", "x"}
	tests := []struct {
		name   string
		typed  Typed
		remedy Remedy
		want   string
	}{
		{"the flag of the remedy wins", typed("", nil, port, ready), rerun(node, "", option("port", "auto")), "devrun --port auto --ready 'exec:a b' -- node x"},
		{"arguments of the command are not flags", typed("", nil, port), rerun([]string{"node", "--", "--port"}, ""), "devrun --port 3000 -- node -- --port"},
		{"the file comes first", typed("", nil, ready, config), rerun(nil, "web", option("port", "auto")), "devrun --config o.yaml --port auto --ready 'exec:a b' web"},
		{"a pinned port is of no range", typed("", nil, within), rerun(node, "", option("port", "5")), "devrun --port 5 -- node x"},
		{"an automatic one is", typed("", nil, within), rerun(node, "", option("port", "auto")), "devrun --port auto --port-range 1-2 -- node x"},
		{"repeated flags add up", typed("", nil, ignore("a")), rerun(node, "", ignore("b")), "devrun --ignore b --ignore a -- node x"},
		{"what one service got is not for another", typed("", []string{"web"}, port, quiet), rerun(nil, "db", option("ready-timeout", "1m")), "devrun --ready-timeout 1m --log-level debug db"},
		{"named services are named again", typed("", []string{"web", "db"}, config), rerun(nil, "", toggle("replace")), "devrun --config o.yaml --replace web db"},
		{"another subcommand gets the file only", typed("", []string{"web"}, config, ready), devrun("check"), "devrun check --config o.yaml"},
		{"and only if it takes one", typed("", []string{"web"}, config), why("web"), "devrun why web"},
		{"a smoke run keeps its flags", typed("smoke", nil, option("get", "/"), option("timeout", "1s")), Remedy{Sub: "smoke", Flags: []Flag{option("timeout", "2s")}, Argv: node}, "devrun smoke --timeout 2s --get / -- node x"},
		{"an unknown flag", typed("smoke", nil), Remedy{Sub: "smoke", Flags: []Flag{option("port", "auto")}, Argv: node}, ""},
		{"an unknown subcommand", typed("", nil), devrun("fly"), ""},
		{"nothing is known", Typed{Flags: []Flag{port}}, rerun(node, "", toggle("fly")), "devrun --fly -- node x"},
		{"a command of the system", typed("", nil, port), line("kill 1"), "kill 1"},
	}
	for _, test := range tests {
		p := Problem{Remedies: []Remedy{test.remedy}}
		if got := commands(p.For(test.typed)); got != test.want {
			t.Errorf("%s: got %q; want %q", test.name, got, test.want)
		}
		if got, want := commands(p), test.remedy.String(); got != want {
			t.Errorf("%s: the problem itself became %q", test.name, got)
		}
	}
}

func TestAsked(t *testing.T) {
	p := Problem{Code: CodePortInUse, Remedies: []Remedy{why("3000"), whyAs("sudo", "3000")}}
	if p.Asked("3000"); commands(p) != "sudo devrun why 3000" {
		t.Errorf("got %q; want the other remedy only", commands(p))
	}
	p.Remedies = p.Remedies[:0]
	if p.Asked("3000"); commands(p) != "devrun explain port-in-use" {
		t.Errorf("got %q; want the entry of the code", commands(p))
	}
}
