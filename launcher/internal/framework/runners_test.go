package framework

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFiles writes files below a new folder.
func writeFiles(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// monorepo is a workspace of npm with scripts of its root that call those of its
// packages.
var monorepo = map[string]string{
	"package.json": `{"private": true, "workspaces": ["apps/*", "!apps/old", "tools/**"], "scripts": {
		"dev": "npm run dev --workspace web", "web": "npm -w @shop/admin start", "turbo": "turbo run dev --filter=web",
		"turbo:all": "turbo dev", "one": "turbo run only", "yarn": "yarn workspace web dev", "pnpm": "pnpm --filter web dev",
		"cd": "cd apps/web && npm run dev", "nested": "npm run dev", "lerna": "lerna run dev --scope web", "both": "npm run dev --workspaces",
		"prefix": "npm --prefix apps/web run fixed"}}`,
	"apps/web/package.json":               `{"name": "web", "scripts": {"dev": "vite", "fixed": "vite --port 4000", "only": "vite", "api": "node s.js"}}`,
	"apps/admin/package.json":             `{"name": "@shop/admin", "scripts": {"dev": "next dev", "start": "next dev"}}`,
	"apps/old/package.json":               `{"name": "old", "scripts": {"only": "vite"}}`,
	"tools/a/b/package.json":              `{"name": "deep", "scripts": {"deep": "astro dev"}}`,
	"tools/a/node_modules/x/package.json": `{"name": "x", "scripts": {"deep": "vite"}}`,
}

func TestWorkspaces(t *testing.T) {
	npm := writeFiles(t, monorepo)
	delete(monorepo, "package.json")
	pnpm := writeFiles(t, monorepo)
	if err := os.WriteFile(filepath.Join(pnpm, "pnpm-workspace.yaml"), []byte("packages:\n  - 'apps/*'\n  - '!apps/old'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const next = "-p 61234 -H 127.0.0.1"
	for _, test := range []struct{ dir, command, want string }{
		{npm, "npm run dev", "npm run dev -- -- " + vite},
		{npm, "npm run dev -w web", "npm run dev -w web -- " + vite},
		{npm, "npm run dev -w web -- --open", "npm run dev -w web -- --open " + vite},
		{npm, "npm -w web run dev", "npm -w web run dev -- " + vite},
		{npm, "npm run dev --workspace=web", "npm run dev --workspace=web -- " + vite},
		{npm, "npm run dev --workspace web", "npm run dev --workspace web -- " + vite},
		{npm, "npm run dev -w apps/web", "npm run dev -w apps/web -- " + vite},
		{npm, "npm run dev -w ./apps/admin", "npm run dev -w ./apps/admin -- " + next},
		{npm, "npm start -w @shop/admin", "npm start -w @shop/admin -- " + next},
		{npm, "npm run dev --workspaces", ""},
		{npm, "npm run dev -ws", ""},
		{npm, "npm run only --workspaces --if-present", "npm run only --workspaces --if-present -- " + vite},
		{npm, "npm run dev -w web -w @shop/admin", ""},
		{npm, "npm run dev -w nowhere", ""},
		{npm, "npm run both", ""},
		{npm, "npm --prefix apps/web run dev", "npm --prefix apps/web run dev -- " + vite},
		{npm, "npm run dev --prefix apps/web", "npm run dev --prefix apps/web -- " + vite},
		{npm, "npm exec -w web -- vite", "npm exec -w web -- vite " + vite},
		{npm, "npm run web", "npm run web -- -- " + next},
		{npm, "npm run nested", "npm run nested -- -- -- " + vite},
		{npm, "npm run yarn", "npm run yarn -- " + vite},
		{npm, "npm run cd", "npm run cd -- -- " + vite},
		{npm, "npm run prefix", "npm run prefix -- -- --host 127.0.0.1"},
		{npm, "yarn workspace web dev", "yarn workspace web dev " + vite},
		{npm, "yarn workspace web run dev --open", "yarn workspace web run dev --open " + vite},
		{npm, "yarn workspace @shop/admin dev", "yarn workspace @shop/admin dev " + next},
		{npm, "yarn workspace web vite", "yarn workspace web vite " + vite},
		{npm, "yarn --cwd apps/web dev", "yarn --cwd apps/web dev " + vite},
		{npm, "bun --filter web dev", "bun --filter web dev " + vite},
		{npm, "bun run --filter web dev", "bun run --filter web dev " + vite},
		{npm, "bun --cwd apps/web dev", "bun --cwd apps/web dev " + vite},
		{npm, "turbo run dev", ""},
		{npm, "turbo run dev --filter=web", "turbo run dev --filter=web -- " + vite},
		{npm, "turbo dev -F web", "turbo dev -F web -- " + vite},
		{npm, "npx turbo run only", "npx turbo run only -- " + vite},
		{npm, "turbo run only -- --open", "turbo run only -- --open " + vite},
		{npm, "turbo run only lint", ""},
		{npm, "npm run turbo", "npm run turbo -- -- " + vite},
		{npm, "npm run one", "npm run one -- -- " + vite},
		{npm, "npm run turbo:all", ""},
		{npm, "lerna run dev --scope=web", "lerna run dev --scope=web -- " + vite},
		{npm, "npm run lerna", "npm run lerna -- -- " + vite},
		{npm, "lerna run deep", "lerna run deep -- " + flags},
		{npm, "lerna dev", ""},
		{npm, "nx dev web", "nx dev web"},
		{npm, "nx run web:dev", "nx run web:dev"},
		{npm, "nx serve shop", "nx serve shop"},
		{npm, "nx build shop", ""},

		{pnpm, "pnpm --filter web dev", "pnpm --filter web dev " + vite},
		{pnpm, "pnpm --filter=web run dev", "pnpm --filter=web run dev " + vite},
		{pnpm, "pnpm -F web dev --open", "pnpm -F web dev --open " + vite},
		{pnpm, "pnpm -F admin dev", "pnpm -F admin dev " + next},
		{pnpm, "pnpm -F @shop/* dev", "pnpm -F @shop/* dev " + next},
		{pnpm, "pnpm -F ./apps/web dev", "pnpm -F ./apps/web dev " + vite},
		{pnpm, "pnpm -F {apps/web} dev", "pnpm -F {apps/web} dev " + vite},
		{pnpm, "pnpm -F !web dev", "pnpm -F !web dev " + next},
		{pnpm, "pnpm -F web... only", "pnpm -F web... only " + vite},
		{pnpm, "pnpm -F web... dev", ""},
		{pnpm, "pnpm --filter web exec vite", "pnpm --filter web exec vite " + vite},
		{pnpm, "pnpm -r only", "pnpm -r only " + vite},
		{pnpm, "pnpm -r --parallel dev", ""},
		{pnpm, "pnpm -C apps/web dev", "pnpm -C apps/web dev " + vite},
		{pnpm, "pnpm --dir apps/web dev", "pnpm --dir apps/web dev " + vite},
		{pnpm, "pnpm --filter nowhere dev", ""},
	} {
		argv := strings.Fields(test.command)
		m, ok := Detect(argv, test.dir)
		if ok != (test.want != "") {
			t.Errorf("%q: got %q, detected %v; want it detected %v", test.command, m.Framework.Name, ok, test.want != "")
			continue
		}
		if got, _ := m.Args("127.0.0.1", 61234); ok && strings.Join(got, " ") != test.want {
			t.Errorf("%q: got %q; want %q", test.command, strings.Join(got, " "), test.want)
		}
		if ok && !m.Reloads {
			t.Errorf("%q: got a server that does not reload; want one that does", test.command)
		}
	}
}

// words is a command line of which a part in single quotes is one word.
func quoted(line string) (argv []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			argv = append(argv, part)
		} else {
			argv = append(argv, strings.Fields(part)...)
		}
	}
	return argv
}

func TestWrappers(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"package.json":    packageJSON,
		"deno/deno.jsonc": "{\n  // tasks\n  \"tasks\": {\"dev\": \"deno run -A npm:vite dev\", \"own\": {\"command\": \"vite\"}, \"watch\": \"deno run --watch s.ts\"}\n}",
	})
	const npm, app = "npm run dev -- " + vite, "--port 61234 --host 127.0.0.1"
	for _, test := range []struct{ command, want string }{
		{"env -u FOO npx vite", "env -u FOO npx vite " + vite},
		{"env -u FOO -C / A=1 vite", "env -u FOO -C / A=1 vite " + vite},
		{"env --unset=FOO vite", "env --unset=FOO vite " + vite},
		{"cross-env X=y vite", "cross-env X=y vite " + vite},
		{"dotenv -- vite", "dotenv -- vite " + vite},
		{"dotenvx run -f .env.local -- npm run dev", "dotenvx run -f .env.local -- " + npm},
		{"env-cmd -f .env vite", "env-cmd -f .env vite " + vite},
		{"npx env-cmd vite", "npx env-cmd vite " + vite},
		{"nice vite", "nice vite " + vite},
		{"nice -n 10 npm run dev", "nice -n 10 " + npm},
		{"nice -n10 npm run dev", "nice -n10 " + npm},
		{"nohup vite", "nohup vite " + vite},
		{"time -p vite", "time -p vite " + vite},
		{"timeout 10m vite", "timeout 10m vite " + vite},
		{"timeout -k 5 -s INT 10m npm run dev", "timeout -k 5 -s INT 10m " + npm},
		{"stdbuf -oL -e0 vite", "stdbuf -oL -e0 vite " + vite},
		{"op run --env-file=.env -- vite", "op run --env-file=.env -- vite " + vite},
		{"doppler run -c dev -- npm run dev", "doppler run -c dev -- " + npm},
		{"direnv exec . vite", "direnv exec . vite " + vite},
		{"mise exec -- npm run dev", "mise exec -- " + npm},
		{"mise x node@22 -- vite", "mise x node@22 -- vite " + vite},
		{"corepack pnpm dev", "corepack pnpm dev " + vite},
		{"volta run --node 22 npx vite", "volta run --node 22 npx vite " + vite},
		{"hatch run uvicorn a:b", "hatch run uvicorn a:b " + app},
		{"hatch -e dev run flask run", "hatch -e dev run flask run " + app},
		{"uv tool run fastapi dev", "uv tool run fastapi dev " + app},
		{"conda run -n web flask run", "conda run -n web flask run " + app},
		{"python -m debugpy --listen 5678 -m flask run", "python -m debugpy --listen 5678 -m flask run " + app},
		{"python -X dev -m debugpy --listen 5678 --wait-for-client manage.py runserver", "python -X dev -m debugpy --listen 5678 --wait-for-client manage.py runserver 127.0.0.1:61234"},
		{"python -m coverage run -m uvicorn a:b", "python -m coverage run -m uvicorn a:b " + app},
		{"A=1 vite", "A=1 vite " + vite},
		{"nice -n 5 env A=1 timeout 9 npx vite", "nice -n 5 env A=1 timeout 9 npx vite " + vite},
		{"deno run -A npm:vite", "deno run -A npm:vite " + vite},
		{"deno run -A npm:vite@5 dev", "deno run -A npm:vite@5 dev " + vite},
		{"deno task --cwd deno dev", "deno task --cwd deno dev " + vite},
		{"deno task --cwd deno own", "deno task --cwd deno own " + vite},
		{"deno task web", "deno task web " + vite},

		// Words fit only inside the script.
		{"sh -c 'vite # dev'", "sh -c vite " + vite + " # dev"},
		{"sh -c '(vite)'", "sh -c (vite " + vite + ")"},
		{"sh -c 'vite; echo done'", "sh -c vite " + vite + "; echo done"},
		{"sh -c 'vite 2>&1'", "sh -c vite " + vite + " 2>&1"},
		{"sh -c 'vite > out.log'", "sh -c vite " + vite + " > out.log"},
		{"sh -c 'vite | cat'", "sh -c vite " + vite + " | cat"},
		{"sh -c 'vite & wait'", "sh -c vite " + vite + " & wait"},
		{"sh -c 'vite && true'", "sh -c vite " + vite + " && true"},
		{"sh -c 'echo a; FOO=1 vite'", "sh -c echo a; FOO=1 vite " + vite},
		{"sh -c 'npm run dev | cat'", "sh -c npm run dev -- " + vite + " | cat"},
		{"env A=1 sh -c 'vite | cat'", "env A=1 sh -c vite " + vite + " | cat"},
		{"sh -c 'vite --mode $MODE'", "sh -c vite --mode $MODE"},
		{"sh -c 'vite & storybook dev'", "sh -c vite & storybook dev"},
		{"sh -c 'vite --port 3000 | cat'", "sh -c vite --port 3000 --host 127.0.0.1 | cat"},

		// Known, although no words reach it.
		{"bash -c 'npx vite'", "bash -c npx vite " + vite},
		{"sh -lc vite", "sh -lc vite " + vite},
		{"sh -c 'cd web && exec vite'", "sh -c cd web && exec vite " + vite},
		{"npx -c vite", "npx -c vite " + vite},
		{"concurrently vite 'tsc -w'", "concurrently vite tsc -w"},
		{"npx concurrently -n a,b 'npm:dev' 'tsc -w'", "npx concurrently -n a,b npm:dev tsc -w"},
		{"run-p dev tsc", "run-p dev tsc"},
		{"npm-run-all -p dev tsc", "npm-run-all -p dev tsc"},
	} {
		argv := quoted(test.command)
		m, ok := Detect(argv, dir)
		if got, _ := m.Args("127.0.0.1", 61234); !ok || strings.Join(got, " ") != test.want {
			t.Errorf("%q: got %q, detected %v; want %q", test.command, strings.Join(got, " "), ok, test.want)
		}
	}
	for _, command := range []string{
		"env -i vite", "sh -c 'gunicorn --daemon a:b; node s.js'", "sh -c 'redis-server --daemonize yes; node s.js'", "bash s.sh", "sh -c 'vite & node s.js'", "concurrently vite 'node s.js'", "run-p dev missing", "make dev",
		"timeout 10m", "nice", "mise exec vite", "op run vite", "python -m debugpy --listen 5678 s.py", "deno run -A s.ts", "sh -c 'for x in a; do vite; done'",
	} {
		if m, ok := Detect(quoted(command), dir); ok {
			t.Errorf("%q: got %s; want nothing", command, m.Framework.Name)
		}
	}
}

// TestScriptsThatKeepReloading has scripts that no words can be added to, or only
// before what they end with.
func TestScriptsThatKeepReloading(t *testing.T) {
	for script, want := range map[string]string{
		"tsc -w & vite":                    "npm run dev -- " + vite,
		"vite | cat":                       "npm run dev",
		"vite 2>&1":                        "npm run dev",
		"vite > log.txt":                   "npm run dev",
		"(vite)":                           "npm run dev",
		"vite --port ${PORT:-3000}":        "npm run dev",
		"vite --mode $MODE":                "npm run dev",
		"vite & tsc -w & wait":             "npm run dev",
		"vite & storybook dev":             "npm run dev",
		"concurrently \"vite\" \"tsc -w\"": "npm run dev",
		"bash -c 'vite'":                   "npm run dev",
		"tsc && vite; ":                    "npm run dev",
		"vite & node api.js":               "",
		"node api.js & vite":               "",
		"vite && node api.js":              "npm run dev",
		"node --watch s.js | pino-pretty":  "npm run dev",
		"FLASK_DEBUG=1 flask run":          "npm run dev -- --port 61234 --host 127.0.0.1",
	} {
		dir := writeFiles(t, map[string]string{"package.json": `{"scripts": {"dev": ` + quoteJSON(script) + `}}`})
		m, ok := Detect([]string{"npm", "run", "dev"}, dir)
		got, _ := m.Args("127.0.0.1", 61234)
		if text := strings.Join(got, " "); text != want || ok && !m.Reloads {
			t.Errorf("%q: got %q, reloads %v; want %q, and that it reloads", script, text, m.Reloads, want)
		}
	}
}

func quoteJSON(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestUnreached(t *testing.T) {
	for script, want := range map[string]string{
		"vite # dev": "--port $PORT", "(vite)": "--port $PORT", "vite; echo done": "--port $PORT", "vite | cat": "--port $PORT",
		"vite && true": "--port $PORT", "astro dev | cat": "--port $PORT", "gunicorn a:b | cat": "", "python -m http.server | cat": "$PORT",
		"vite": "", "cd web && vite": "", "vite --port $PORT | cat": "", "vite --port 3000 | cat": "", "react-scripts start | cat": "",
		"vite & storybook dev": "", "node s.js | cat": "",
	} {
		dir := writeFiles(t, map[string]string{"package.json": `{"scripts": {"dev": ` + quoteJSON(script) + `}}`})
		m, _ := Detect([]string{"npm", "run", "dev"}, dir)
		got, place := m.Unreached()
		if got != want || (place == "the script dev of package.json") != (want != "") {
			t.Errorf("%q: got %q in %q; want %q", script, got, place, want)
		}
	}
}

func TestVariable(t *testing.T) {
	for script, want := range map[string]string{
		"flask run | cat": "FLASK_RUN_PORT=61234", "uvicorn a:b; echo": "UVICORN_PORT=61234", "flask run": "", "vite | cat": "", "node s.js | cat": "",
	} {
		dir := writeFiles(t, map[string]string{"package.json": `{"scripts": {"dev": ` + quoteJSON(script) + `}}`})
		m, _ := Detect([]string{"npm", "run", "dev"}, dir)
		if got := m.Variable(61234); got != want {
			t.Errorf("%q: got %q; want %q", script, got, want)
		}
	}
}
