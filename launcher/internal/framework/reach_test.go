package framework

import (
	"strings"
	"testing"
)

// TestPass holds which words a remedy adds to a command.
func TestPass(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"package.json":          `{"workspaces": ["apps/*"], "scripts": {"start": "node a.js", "dev": "vite", "cd": "cd x && node a.js", "both": "node a & node b", "turbo": "turbo run api"}}`,
		"apps/web/package.json": `{"name": "web", "scripts": {"dev": "vite", "api": "node api.js"}}`,
	})
	for command, want := range map[string]string{
		"node a.js":                  "node a.js --port {port}",
		"./server":                   "./server --port {port}",
		"python app.py":              "python app.py --port {port}",
		"npm start":                  "npm start -- --port {port}",
		"npm start -- -x":            "npm start -- -x --port {port}",
		"npm run cd":                 "npm run cd -- --port {port}",
		"pnpm start":                 "pnpm start --port {port}",
		"yarn start":                 "yarn start --port {port}",
		"bun run start":              "bun run start --port {port}",
		"npx tool":                   "npx tool --port {port}",
		"pnpm dev":                   "pnpm dev --port {port}",
		"npm run api -w web":         "npm run api -w web -- --port {port}",
		"cargo run":                  "cargo run -- --port {port}",
		"cargo run -- x":             "cargo run -- x --port {port}",
		"go run ./cmd/api":           "go run ./cmd/api --port {port}",
		"hypercorn a:b":              "hypercorn a:b --bind {host}:{port}",
		"nodemon s.js":               "nodemon s.js --port {port}",
		"python manage.py runserver": "python manage.py runserver {host}:{port}",
		"./dev.sh":                   "./dev.sh --port {port}",
		"make dev":                   "",
		"just dev":                   "",
		"sh -c 'node a.js'":          "",
		"bash -c 'vite'":             "",
		"turbo run api":              "",
		"npm run turbo":              "",
		"npx concurrently a b":       "",
		"npm run both":               "",
		"npm run missing":            "",
		"docker compose up":          "",
		"node -e x":                  "",
		"mix phx.server":             "",
		"react-scripts start":        "",
		"npm start -- --port {port}": "",
		"":                           "",
	} {
		if got := strings.Join(Pass(quoted(command), dir), " "); got != want {
			t.Errorf("%q: got %q; want %q", command, got, want)
		}
	}
	for command, want := range map[string]string{
		"turbo run api":               "turbo run api --env-mode=loose",
		"npx turbo api -- x":          "npx turbo api --env-mode=loose -- x",
		"npm run turbo":               "npm run turbo -- --env-mode=loose",
		"turbo run api dev":           "turbo run api dev --env-mode=loose",
		"turbo run dev":               "",
		"turbo api --env-mode strict": "",
		"npm start":                   "",
	} {
		if got := strings.Join(Unhide(quoted(command), dir), " "); got != want {
			t.Errorf("unhide %q: got %q; want %q", command, got, want)
		}
	}
}

func TestFixedBy(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"package.json":          `{"workspaces": ["apps/*"], "scripts": {"dev": "vite --port 61778", "outer": "npm run dev", "eq": "vite --port=61778", "web": "npm run dev -w web", "django": "python manage.py runserver 61778", "astro": "astro dev --port 61778", "sh": "sh -c 'vite --port 61778'"}}`,
		"apps/web/package.json": `{"name": "web", "scripts": {"dev": "next dev -p 61778"}}`,
	})
	for _, test := range []struct{ command, words, place, over string }{
		{"npm run dev", "--port 61778", "the script dev of package.json", "npm run dev -- --port 61800 --strictPort --host 127.0.0.1"},
		{"npm run outer", "--port 61778", "the script dev of package.json", "npm run outer -- -- --port 61800 --strictPort --host 127.0.0.1"},
		{"npm run eq -- --host", "--port=61778", "the script eq of package.json", "npm run eq -- --host --port 61800 --strictPort"},
		{"npm run web", "-p 61778", "the script dev of apps/web/package.json", "npm run web -- -- -p 61800 -H 127.0.0.1"},
		{"pnpm django", "61778", "the script django of package.json", ""},
		{"npm run astro", "--port 61778", "the script astro of package.json", ""},
		{"npm run sh", "--port 61778", "the script sh of package.json", ""},
		{"npx vite --port 61778", "--port 61778", "", "npx vite --port 61778 --port 61800 --strictPort --host 127.0.0.1"},
		{"flask run -p61778", "-p61778", "", "flask run -p61778 --port 61800 --host 127.0.0.1"},
	} {
		m, ok := Detect(strings.Fields(test.command), dir)
		fixed := FixedPort(strings.Fields(test.command), dir)
		if !ok || fixed.Port != 61778 || fixed.Words != test.words || fixed.Place != test.place {
			t.Errorf("%q: got %+v; want %q in %q", test.command, fixed, test.words, test.place)
		}
		if fixed.Replaceable != (test.over != "") {
			t.Errorf("%q: replaceable %v; want %v", test.command, fixed.Replaceable, test.over != "")
			continue
		}
		if got, _ := m.Overriding().Args("127.0.0.1", 61800); test.over != "" && strings.Join(got, " ") != test.over {
			t.Errorf("%q: got %q; want %q", test.command, strings.Join(got, " "), test.over)
		}
	}
}

func TestConfigFiles(t *testing.T) {
	for command, want := range map[string]string{
		"vite": "package.json", "react-router dev": "package.json", "next dev": "package.json", "astro dev": "package.json",
		"nuxt dev": "package.json", "rsbuild dev": "package.json", "webpack serve": "webpack.config.* .env* package.json", "nodemon": "nodemon.json .env* package.json",
	} {
		m, _ := Detect(strings.Fields(command), t.TempDir())
		if got := strings.Join(m.Framework.ConfigFiles(), " "); got != want {
			t.Errorf("%q: got %q; want %q", command, got, want)
		}
	}
}

func TestNeedsRestart(t *testing.T) {
	for _, test := range []struct {
		command, file string
		want          bool
	}{
		{"vite", "package.json", true}, {"vite", "apps/web/package.json", true}, {"vite", "vite.config.ts", false}, {"vite", ".env", false},
		{"webpack serve", "a/webpack.config.js", true}, {"webpack serve", ".env.local", true}, {"webpack serve", "src/x.js", false},
		{"rails s", "config/application.rb", true}, {"rails s", "shop/config/initializers/a/b.rb", true}, {"rails s", "app/application.rb", false},
	} {
		m, _ := Detect(strings.Fields(test.command), t.TempDir())
		if got := m.Framework.NeedsRestart(test.file); got != test.want {
			t.Errorf("%s, %s: got %v; want %v", test.command, test.file, got, test.want)
		}
	}
}

func TestStores(t *testing.T) {
	for command, scheme := range map[string]string{
		"redis-server --port 1": "redis", "postgres -D data": "postgres", "mariadbd": "mysql", "mongod": "mongodb", "memcached -p 1": "tcp",
		"nats-server": "nats", "rabbitmq-server": "amqp", "mailpit": "", "minio server data": "", "etcd": "", "elasticsearch": "",
		"env A=1 nice redis-server": "redis", "sh -c 'exec postgres -D data'": "postgres",
		"setpriv --reuid=70 --regid 70 --clear-groups postgres -D data": "postgres", "gosu postgres:postgres postgres -D data": "postgres", "su-exec redis redis-server": "redis",
	} {
		m, ok := Detect(quoted(command), t.TempDir())
		if !ok || !m.Framework.Keeps || m.Framework.Scheme != scheme {
			t.Errorf("%q: got %+v, detected %v; want scheme %q", command, m.Framework, ok, scheme)
		}
	}
}
