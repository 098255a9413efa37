package framework

import (
	"slices"
	"strings"
	"testing"
)

// TestKeptFlags holds what npm 11 does with flags behind a script's name, and the line
// that passes them on.
func TestKeptFlags(t *testing.T) {
	dir := writeFiles(t, map[string]string{"package.json": `{"scripts": {"dev": "vite", "start": "node s.js", "nested": "npm run dev --port 4000", "outer": "npm run dev", "py": "python3 -m http.server"}}`})
	for command, want := range map[string]struct {
		flags, line, rest string
		port              int
	}{
		"npm run dev --port 4000":                {"--port", "npm run dev -- --port 4000", "npm run dev", 4000},
		"npm run dev --port=4000 --open":         {"--port=4000 --open", "npm run dev -- --port=4000 --open", "npm run dev -- --open", 4000},
		"npm start --port=4000":                  {"--port=4000", "npm start -- --port=4000", "npm start", 4000},
		"npm run dev -p 4000":                    {"-p", "npm run dev -- -p 4000", "npm run dev", 4000},
		"npm run --port=4000 dev":                {"--port=4000", "npm run dev -- --port=4000", "npm run dev", 4000},
		"npm --port=4000 run dev":                {"--port=4000", "npm run dev -- --port=4000", "npm run dev", 4000},
		"npm run dev --host":                     {"--host", "npm run dev -- --host", "", 0},
		"npm run -s dev --host 0.0.0.0 --silent": {"--host", "npm run -s dev --silent -- --host 0.0.0.0", "", 0},
		"npm run dev --port 4000 -- --open":      {"--port", "npm run dev -- --port 4000 --open", "npm run dev -- --open", 4000},
		"npm run dev --port {port}":              {"--port", "npm run dev -- --port {port}", "", 0},
		"npm run py --port 4000":                 {"--port", "npm run py -- --port 4000", "npm run py", 4000},
		"npm exec vite --port 4000":              {"--port", "npm exec vite -- --port 4000", "npm exec vite", 4000},
		"npm run nested":                         {"--port", "npm run dev -- --port 4000", "npm run dev", 4000},
		"npm run outer -- --port 4000 --open":    {"--port --open", "npm run outer -- -- --port 4000 --open", "npm run outer -- --open", 4000},
		"npm run outer -- --port=4000":           {"--port=4000", "npm run outer -- -- --port=4000", "npm run outer", 4000},
		"npm run outer --port 4000":              {"--port", "npm run outer -- --port 4000", "npm run outer", 4000},
		"pnpm outer --port 4000":                 {"--port", "pnpm outer -- --port 4000", "pnpm outer", 4000},
		"npm run outer -- -- --port 4000":        {},
		"npm run dev --port $PORT":               {"--port", "npm run dev -- --port $PORT", "", 0},
		"npm run dev -- --port 4000":             {},
		"npm run dev --silent --loglevel error":  {},
		"npm run dev":                            {},
		"npm exec -p vite vite":                  {},
		"npx vite --port 4000":                   {},
		"pnpm run dev --port 4000":               {},
		"pnpm dev --port 4000":                   {},
		"yarn dev --port 4000":                   {},
		"bun run dev --port 4000":                {},
	} {
		k := KeptFlags(strings.Fields(command), dir)
		if got := strings.Join(k.Flags, " "); got != want.flags || strings.Join(k.Line, " ") != want.line || k.Port != want.port || strings.Join(k.Rest, " ") != want.rest {
			t.Errorf("%s: got %q, line %q, port %d, rest %q; want %+v", command, k.Flags, k.Line, k.Port, k.Rest, want)
		}
		if place := map[bool]string{true: "the script nested of package.json"}[command == "npm run nested"]; k.Place != place {
			t.Errorf("%s: got the place %q; want %q", command, k.Place, place)
		}
	}
}

// TestKeptFlagsOfShell holds that no line is made of words that depend on a shell.
func TestKeptFlagsOfShell(t *testing.T) {
	dir := writeFiles(t, map[string]string{"package.json": `{"scripts": {"dev": "vite", "outer": "npm run dev --port $PORT"}}`})
	for _, argv := range [][]string{{"sh", "-c", "npm run dev --port $PORT"}, {"npm", "run", "outer"}} {
		if k := KeptFlags(argv, dir); !slices.Equal(k.Flags, []string{"--port"}) || k.Line != nil || k.Port != 0 || (k.Place != "") != (argv[0] == "npm") {
			t.Errorf("%s: got %+v; want --port without a line", argv, k)
		}
	}
	if k := KeptFlags([]string{"sh", "-c", "npm run dev --port 4000"}, dir); k.Port != 4000 {
		t.Errorf("got %+v; want port 4000", k)
	}
}
