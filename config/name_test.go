package config

import (
	"strings"
	"testing"
)

func TestNameFor(t *testing.T) {
	tests := []struct {
		name    string
		command []string
		want    string
	}{
		{"a program", []string{"./bin/myserver", "-v"}, "myserver"},
		{"an interpreter's script", []string{"node", "server.js"}, "server"},
		{"a versioned interpreter", []string{"python3", "-u", "app/web.py"}, "web"},
		{"a script of any project", []string{"python3", "-u", "app/main.py"}, "shop"},
		{"a module", []string{"python3", "-m", "http.server"}, "shop"},
		{"a package script", []string{"npm", "run", "dev"}, "dev"},
		{"a package script named start", []string{"npm", "start"}, "shop"},
		{"a Go package", []string{"go", "run", "./cmd/api"}, "api"},
		{"the Go package here", []string{"go", "run", "."}, "shop"},
		{"a shell script text", []string{"sh", "-c", "exec ./server"}, "shop"},
		{"runners behind each other", []string{"env", "A=1", "npx", "vite"}, "vite"},
		{"odd characters", []string{"./Mein Server!"}, "mein-server"},
		{"a program named like a verb", []string{"./start"}, "start"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NameFor(tt.command, "Shop"); got != tt.want {
				t.Errorf("NameFor(%q) = %q; want %q", tt.command, got, tt.want)
			}
		})
	}
	if got := NameFor([]string{"go", "run", "."}, "///"); got != "service" {
		t.Errorf("NameFor without anything usable = %q; want %q", got, "service")
	}
}

func TestNameForWrapped(t *testing.T) {
	for command, want := range map[string]string{
		"env -u FOO npx vite":                           "vite",
		"nice -n 10 npm run dev":                        "dev",
		"nice -n 10 npm run api":                        "api",
		"python -X dev -m flask run":                    "flask",
		"php -t public -S {host}:{port}":                "shop",
		"php -S 127.0.0.1:8000":                         "shop",
		"php -S localhost:8000 router.php":              "router",
		"yarn workspace web dev":                        "web",
		"npm -w web exec -- vite":                       "web",
		"npm exec -w web -- vite":                       "web",
		"npm exec -- vite":                              "vite",
		"pnpm --filter web exec vite":                   "web",
		"npm -C apps/web exec env A=1 vite":             "web",
		"runuser -u app -- node api.js":                 "api",
		"setpriv --reuid 70 --clear-groups node api.js": "api",
		"gosu app:app node api.js":                      "api",
		"sudo -u app node api.js":                       "api",
		"npm run-script dev":                            "dev",
		"npm run-script api":                            "api",
		"npm run dev -w web":                            "web",
		"npm run dev --workspace=web":                   "web",
		"npm start -w web -- -w x":                      "web",
		"npm run dev -- -w x":                           "dev",
		"npm -w web run dev":                            "web",
		"npm -w @shop/web run dev":                      "web",
		"npm -w web run api":                            "api",
		"npm --prefix apps/web run dev":                 "web",
		"pnpm --filter web dev":                         "web",
		"pnpm --filter=./apps/web dev":                  "web",
		"bun --cwd apps/web dev":                        "web",
		"npm start --port {port}":                       "shop",
		"npm start -- --port {port}":                    "shop",
		"java -jar target/app-1.0-SNAPSHOT.jar":         "app",
		"java -jar api.jar":                             "api",
		"tsx src/index.tsx":                             "shop",
		"node index.js":                                 "shop",
		"node dist/main.js":                             "shop",
		"go run main.go":                                "shop",
		"timeout 10m npx vite":                          "vite",
		"timeout -k 5 10 node server.js":                "server",
		"stdbuf -oL ./bin/api":                          "api",
		"direnv exec . node server.js":                  "server",
		"mise exec -- npm run api":                      "api",
		"mise exec npm":                                 "shop",
		"op run --env-file .env -- ./api":               "api",
		"A=1 B=2 node server.js":                        "server",
		"npx vite@5":                                    "vite",
		"deno run -A npm:vite":                          "vite",
		"deno task api":                                 "api",
		"hatch -e dev run uvicorn a:b":                  "uvicorn",
		"node --env-file .env server.js":                "server",
		"node -r ./hook.js server.js":                   "server",
		"bash -lc x":                                    "shop",
		"./server {port}":                               "server",
		"npx {port}":                                    "shop",
		"nice":                                          "shop",
		"npx serve":                                     "serve",
		"s3":                                            "s3",
	} {
		if got := NameFor(strings.Fields(command), "Shop"); got != want {
			t.Errorf("NameFor(%q) = %q; want %q", command, got, want)
		}
	}
}

func TestVariable(t *testing.T) {
	for name, want := range map[string]string{"db": "DB", "my-api.v2_x": "MY_API_V2_X"} {
		if got := Variable(name); got != want {
			t.Errorf("Variable(%q) = %q; want %q", name, got, want)
		}
	}
}
