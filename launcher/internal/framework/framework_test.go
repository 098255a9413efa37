package framework

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const packageJSON = `{"name": "x", "scripts": {
	"dev": "vite", "start": "cross-env NODE_ENV=development next dev", "web": "tsc --noEmit && vite --mode web",
	"fixed": "vite --port 4000", "outer": "npm run dev", "around": "pnpm dev", "circle": "yarn circle",
	"build": "vite build", "test": "vitest", "both": "vite & node api.js", "piped": "vite | tee log",
	"cut": "vite --", "quoted": "vite --base '/a b/'", "env": "A=1 B='x y' vite", "shell": "sh -c vite",
	"var": "vite --mode $MODE", "vite": "node own.js", "odd": 7, "tsc": "tsc -w", "ng": "ng serve", "empty": ""
}}`

// projectDir is a folder with packageJSON, and a folder below it.
func projectDir(t testing.TB) (dir, below string) {
	t.Helper()
	dir = t.TempDir()
	below = filepath.Join(dir, "src", "deep")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(packageJSON), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, below
}

func TestArgs(t *testing.T) {
	dir, below := projectDir(t)
	for _, test := range argsTests {
		test.command = strings.ReplaceAll(test.command, "DIR", dir)
		test.want = strings.ReplaceAll(test.want, "DIR", dir)
		argv := strings.Fields(test.command)
		m, ok := Detect(argv, below)
		if test.want == "pnpm own" { // A script of that name hides the program.
			if ok {
				t.Errorf("%q: got %s; want the script, which is not known", test.command, m.Framework.Name)
			}
			continue
		}
		if !ok || m.Framework.Name != test.name {
			t.Errorf("%q: got %q, %v; want %q", test.command, m.Framework.Name, ok, test.name)
			continue
		}
		got, added := m.Args("127.0.0.1", 61234)
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%q: got %q; want %q", test.command, text, test.want)
		}
		if len(got) != len(argv)+len(added) {
			t.Errorf("%q: %d words became %d; want %d more", test.command, len(argv), len(got), len(added))
		}
	}
}

func TestNotDetected(t *testing.T) {
	dir, _ := projectDir(t)
	for _, command := range []string{
		"", "vite build", "vite optimize", "vite --config x build", "vite --help", "vite -h", "vite -v", "next -h", "http-server -h", "./vite", "vitest",
		"node vite.js", "node src/vite", "node -e vite", "echo vite", "ls vite", "bash -c npx",
		"npm run build", "npm test", "npm run test", "npm install vite", "npm run both", "npm run circle", "npm run odd", "npm run missing", "npm run empty",
		"npm run", "npm exec", "npm", "npx", "npx -p vite", "npx --unknown vite", "npm -w web run dev",
		"pnpm --filter web dev", "pnpm -r dev", "yarn add vite", "yarn workspace web dev", "yarn vite",
		"next build", "next lint", "astro build", "ng build", "ng test", "rsbuild build", "webpack", "webpack",
		"nuxt build", "wrangler deploy", "wrangler pages deploy", "expo export", "hugo", "hugo new site", "jekyll build",
		"php index.php", "php -r echo", "php artisan migrate", "php artisan", "python manage.py migrate", "python -c x",
		"python -m", "python -m pytest", "python -m json.tool", "python http.server", "flask shell", "flask --app run shell",
		"rails console", "rails new", "ruby -e x", "mix test", "uv run", "uv run pytest", "poetry install", "bundle exec rspec",
		"env", "env -i vite", "cross-env A=1", "react-router build", "fastapi", "bun test", "bun install", "exec",
	} {
		if m, ok := Detect(strings.Fields(command), dir); ok {
			t.Errorf("%q: got %s; want nothing", command, m.Framework.Name)
		}
	}
}

func TestReloads(t *testing.T) {
	tests := map[string]bool{
		"vite": true, "vite preview": false, "next dev": true, "next start": false, "nuxt dev": true, "astro dev": true,
		"astro preview": false, "ng serve": true, "ng serve --watch=false": false, "rsbuild dev": true, "webpack serve": true,
		"wrangler dev": true, "expo start": true, "hugo server": true, "hugo server --watch=false": false,
		"jekyll serve": true, "jekyll serve --no-watch": false, "php -S :80": true, "python -m http.server": true,
		"python manage.py runserver": true, "python manage.py runserver --noreload": false,
		"flask run": false, "flask run --debug": true, "flask --debug run": true, "flask run --debug --no-reload": false, "flask run --reload": true,
		"uvicorn a:b": false, "uvicorn a:b --reload": true, "gunicorn a:b": false, "gunicorn --reload a:b": true,
		"fastapi dev": true, "fastapi run": false, "rails s": true, "rails s -e production": false, "mix phx.server": true,
		"vue-cli-service serve": true, "react-scripts start": true, "parcel": true, "vinxi dev": true, "vitepress dev": true,
		"docusaurus start": true, "storybook dev": true, "gatsby develop": true, "nodemon s.js": true, "webpack --watch": true, "esbuild a.js --watch=forever": true, "npx tailwindcss -i a.css -w": true, "node --watch s.js": true,
		"node --watch-path=src s.js": true, "tsx watch s.ts": true, "npx tsx watch s.ts": true, "tsnd --respawn s.ts": true, "nest start --watch": true, "nest start": false,
		"fastify start -w app.js": true, "fastify start app.js": false, "npx @11ty/eleventy --serve": true, "live-server": true, "browser-sync start": true,
		"air": true, "cargo watch -x run": true, "dotnet watch": true, "bun --watch s.ts": true, "bun run --hot s.ts": true, "bun --hot run s.ts": true,
		"deno run --watch s.ts": true, "deno serve --watch s.ts": true, "mkdocs serve": true, "hypercorn a:b": false, "hypercorn --reload a:b": true,
		"FLASK_DEBUG=1 flask run": true, "FLASK_RUN_RELOAD=1 flask run": true, "UVICORN_RELOAD=true uvicorn a:b": true, "UVICORN_RELOAD=0 uvicorn a:b": false, "NODE_OPTIONS=--watch node a.js": true, "runuser -u app -- vite": true, "env FLASK_DEBUG=1 flask run": true, "FLASK_DEBUG=0 flask run": false, "FLASK_DEBUG=1 flask run --no-debug": false,
		"http-server": true, "serve": true, "caddy file-server": true, "caddy run": true, "daphne a:b": false,
	}
	for command, want := range tests {
		m, ok := Detect(strings.Fields(command), t.TempDir())
		if !ok || m.Reloads != want {
			t.Errorf("%q: got %v, detected %v; want %v", command, m.Reloads, ok, want)
		}
	}
}

func TestFixedPort(t *testing.T) {
	tests := map[string]int{
		"vite": 0, "vite --port 3000": 3000, "vite --port=3000": 3000, "vite --port": 0, "vite --port x": 0,
		"next dev -p3000": 3000, "python -m http.server 8000": 8000, "python -m http.server -b ::1 8000": 8000,
		"python manage.py runserver": 0, "python manage.py runserver 8000": 8000, "python manage.py runserver [::1]:8000": 8000,
		"php -S localhost:8000": 8000, "php -Slocalhost:8000": 8000, "gunicorn -b :8000 a:b": 8000, "gunicorn -b unix:a a:b": 0,
		"vite --port 99999": 0, "mix phx.server": 0,
		"vue-cli-service serve --port 9000": 9000, "http-server -p 5000": 5000, "serve -l 5000": 5000, "serve -l tcp://0.0.0.0:5000": 5000,
		"json-server --port 4000 db.json": 4000, "storybook dev -p 6006": 6006, "puma -p 3000": 3000, "puma -b tcp://0.0.0.0:9292": 9292,
		"rackup -p 9292": 9292, "hypercorn -b :8000 a:b": 8000, "mkdocs serve -a localhost:8001": 8001, "parcel -p 1234": 1234, "live-server --port=8081": 8081,
		"streamlit run app.py --server.port 8501": 8501, "jupyter lab --port=8888": 8888, "fastify start -p 3001 app.js": 3001, "redis-server --port 6380": 6380,
		"postgres -p 5433": 5433, "etcd --listen-client-urls http://127.0.0.1:2379": 2379, "docusaurus start --port 3001": 3001, "vinxi dev --port 3002": 3002,

		"env PORT=61779 node a.js": 61779, "cross-env PORT=61779 node a.js": 61779, "npx cross-env A=1 PORT=61779 node a.js": 61779, "sh -c 'PORT=61779 node a.js'": 61779,
		"sh -c 'PORT=61779 exec node a.js'": 61779, "sh -c 'export PORT=61779; node a.js'": 61779, "sh -c 'export A=1 PORT=61779 && cd x && node a.js'": 61779,
		"sh -c 'tsc -w & PORT=61779 node a.js'": 61779, "sh -c 'PORT=61779 node a.js | cat'": 61779, "sh -c 'PORT=1 node a.js & PORT=2 node b.js'": 0,
		"env PORT=1 env PORT=61779 node a.js": 61779, "env PORT=0 node a.js": 0, "env PORT=x node a.js": 0, "env PORT={port} node a.js": 0,
		"env PORT=61779 node a.js --port {port}": 0, "sh -c 'PORT=$X node a.js'": 0, "env PORT=61779 nodemon a.js": 61779, "env PORT=61779 next dev": 61779,
		"env PORT=61779 next dev -p 61780": 61780, "env PORT=61779 vite": 0, "env PORT=61779 flask run": 0, "env FLASK_RUN_PORT=61779 flask run": 61779,
		"env UVICORN_PORT=61779 uvicorn a:b": 61779, "env PORT=61779 redis-server": 0, "env PGPORT=61779 postgres -D x": 61779, "env PORT=61779 make dev": 61779,
	}
	for command, want := range tests {
		if got := FixedPort(quoted(command), t.TempDir()).Port; got != want {
			t.Errorf("%q: got %d; want %d", command, got, want)
		}
	}
}

func TestHostWords(t *testing.T) {
	tests := []struct{ command, want string }{
		{"redis-server --port 1", "--bind {host}"},
		{"redis-server --bind 0.0.0.0 --port 1", ""}, // as the user wants it
		{"npx parcel index.html", "--host {host}"},
		{"vite", ""},         // added unasked
		{"expo start", ""},   // its hosts are keywords
		{"nodemon a.js", ""}, // has no host
		{"./unknown", ""},
	}
	for _, test := range tests {
		m, _ := Detect(strings.Fields(test.command), t.TempDir())
		if got := strings.Join(m.HostWords(), " "); got != test.want {
			t.Errorf("%q: got %q; want %q", test.command, got, test.want)
		}
	}
}

func TestHostIsOptional(t *testing.T) {
	tests := []struct{ command, host, want string }{
		{"vite", "", "vite --port 1 --strictPort"},
		{"gunicorn a:b", "", "gunicorn a:b --bind 127.0.0.1:1"},
		{"gunicorn a:b", "::1", "gunicorn a:b --bind [::1]:1"},
		{"python manage.py runserver", "", "python manage.py runserver 127.0.0.1:1"},
		{"expo start", "0.0.0.0", "expo start --port 1"},
		{"expo start", "::1", "expo start --port 1 --host localhost"},
	}
	for _, test := range tests {
		m, _ := Detect(strings.Fields(test.command), t.TempDir())
		if got, _ := m.Args(test.host, 1); strings.Join(got, " ") != test.want {
			t.Errorf("%q with host %q: got %q; want %q", test.command, test.host, got, test.want)
		}
	}
	m, _ := Detect([]string{"vite"}, t.TempDir())
	for _, port := range []int{0, -1, 65536} {
		if got, added := m.Args("127.0.0.1", port); len(got) != 1 || added != nil {
			t.Errorf("port %d: got %q, added %q; want nothing added", port, got, added)
		}
	}
	if got, added := (Match{}).Args("::1", 1); got != nil || added != nil {
		t.Errorf("no match: got %q, %q; want nothing", got, added)
	}
}

// TestHints holds that every line says how to give it the port, and that what it
// says is what Args adds.
func TestHints(t *testing.T) {
	for _, f := range table {
		hint := f.Hint()
		if (hint == "") != (f.Form == Nowhere && (f.Port == "" || f.Follows)) {
			t.Errorf("%s: got hint %q; want one unless only the environment helps", f.Name, hint)
		}
	}
}

func FuzzArgs(f *testing.F) {
	for _, seed := range []string{
		"vite", "npm run dev", "npx -p vite vite -- --port", "python -m http.server -b", "uv run -m", "env A=1 vite --",
		"php -S", "pnpm -C", "npm exec vite", "python manage.py runserver -v", "gunicorn -b", "expo start -m x", "next -H",
		"npm -- run -- dev -- x -- y", "wrangler pages", "yarn cut", "npm run outer -- --", "npm run dev -w x --prefix", "turbo dev -- --", "sh -c vite", "deno run -A npm:vite", "python -m debugpy -m",
		"timeout -k 1 2 vite", "nice -n1 vite", "mise x -- vite", "concurrently vite", "nx run a:serve", "lerna run dev --", "A=1 vite",
		"bun -- -- vite", "bun -- -m", "uv run -- -m", "rails s -b",
	} {
		f.Add(seed)
	}
	dir, _ := projectDir(f)
	f.Fuzz(func(t *testing.T, command string) {
		argv := strings.Split(command, " ")
		before := slices.Clone(argv)
		m, ok := Detect(argv, dir)
		if !ok {
			return
		}
		FixedPort(argv, dir)
		got, added := m.Args("127.0.0.1", 61234)
		if !slices.Equal(argv, before) {
			t.Fatalf("%q: argv became %q", before, argv)
		}
		if len(added) == 0 {
			if !slices.Equal(got, argv) {
				t.Fatalf("%q: got %q; want it unchanged", argv, got)
			}
			return
		}
		var rest []string
		if m.at >= 0 {
			rest = slices.Concat(argv[:m.at], added, argv[m.at:])
		} else {
			rest = m.splice.into(argv, added)
		}
		if !slices.Equal(got, rest) {
			t.Fatalf("%q: got %q; want %q", argv, got, rest)
		}
		again, ok := Detect(got, dir)
		if !ok || again.Framework.Name != m.Framework.Name {
			t.Fatalf("%q: got %q for %q; want %q again", argv, again.Framework.Name, got, m.Framework.Name)
		}
		if _, more := again.Args("127.0.0.1", 61234); len(more) > 0 {
			t.Fatalf("%q: %q was given %q again", argv, got, more)
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	dir := b.TempDir()
	for _, command := range []string{"./myserver --flag", "npx vite dev", "go run ./cmd/api"} {
		argv := strings.Fields(command)
		b.Run(argv[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Detect(argv, dir)
			}
		})
	}
}
