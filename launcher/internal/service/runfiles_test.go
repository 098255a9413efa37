package service

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRunFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"package.json": `{"main": "dist/main.js", "scripts": {"start": "node dist/a.js", "built": "tsc && node dist/a.js", "pre": "node dist/a.js",
			"prepre": "tsc", "env": "NODE_ENV=production node -r ./dist/setup dist/a", "loop": "npm run loop", "vite": "vite"}}`,
		"dist/main.js": "", "dist/index.js": "", "dist/sub/x.js": "", "pkg/__main__.py": "", "pkg/mod.py": "", "a/b/package.json": `{"scripts": {"up": "node ../x.js"}}`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for command, want := range map[string]string{
		"node dist/a.js": "dist/a.js", "node --enable-source-maps -r x dist/a.js -r y": "dist/a.js", "node --env-file .env --inspect=0 dist/a.js": "dist/a.js",
		"node -r ./dist/b.js --import=./c.mjs dist/a.js": "dist/b.js c.mjs dist/a.js", "node -e 1 dist/a.js": "", "node": "", "node --test": "", "node -- a.js": "a.js",
		"node dist": "dist/index.js", "node .": "dist/main.js", "node dist/sub/x": "dist/sub/x.js", "/usr/bin/node x.js": "x.js", "nodejs x.js": "x.js", "mynode x.js": "",
		"tsx watch src/a.ts": "src/a.ts", "ts-node -P t.json src/a.ts": "src/a.ts", "npx -y tsx src/a.ts": "src/a.ts", "npm exec -- tsx src/a.ts": "src/a.ts",
		"python3 app.py": "app.py", "python3.12 -u -X dev app.py a.py": "app.py", "python -m pkg": "pkg/__main__.py", "python -m pkg.mod x": "pkg/mod.py", "python -m http.server": "", "python -c 1": "",
		"uv run --env-file .env python app.py": "app.py", "poetry run python -m pkg": "pkg/__main__.py", "uv sync": "",
		"ruby -Ilib -I x app.rb": "app.rb", "bundle exec ruby app.rb": "app.rb", "bundle install": "", "ruby -e 1": "", "perl -w app.pl": "app.pl",
		"php -S 127.0.0.1:{port} -t public router.php": "router.php", "php -d a=b x.php": "x.php", "php -S :1 -t public": "",
		"java -jar x.jar y": "x.jar", "java -Xmx1g -Da=b -jar target/x.jar": "target/x.jar", "java -cp target/classes:lib/a.jar:lib/* Main": "target/classes lib/a.jar", "java Main": "", "java Main.java": "Main.java",
		"dotnet bin/x.dll": "bin/x.dll", "dotnet run": "", "deno run -A --port 1 main.ts": "main.ts", "deno task x": "", "bun run src/a.ts": "src/a.ts", "bun a.ts": "a.ts", "bun install": "",
		"sh run.sh": "run.sh", "bash -eu run.sh a": "run.sh", "bash -c 'node dist/a.js'": "dist/a.js", "sh -ec 'exec node dist/a.js'": "dist/a.js", "sh -c 'tsc && node dist/a.js'": "", "sh -c 'tsc; node a.js'": "", "sh": "",
		"env -u C A=b node x.js": "x.js", "A=b node x.js": "x.js", "nice -n 5 node x.js": "x.js", "nice node x.js": "x.js", "nohup sh run.sh": "run.sh", "timeout -k 1 5 node x.js": "x.js", "sudo -u x env A=b node x.js": "x.js",
		"npm start": "dist/a.js", "npm run start": "dist/a.js", "pnpm start": "dist/a.js", "yarn start": "dist/a.js", "bun run start": "dist/a.js", "npm run -s start -- x": "dist/a.js",
		"npm run built": "", "npm run pre": "", "npm run env": "dist/setup.js dist/a.js", "npm run loop": "", "npm run vite": "", "npm run none": "", "npm": "", "npm run": "", "npm ci": "",
		"./server": "", "go run .": "",
	} {
		argv := fields(command)
		var paths []string
		for _, path := range strings.Fields(want) {
			paths = append(paths, filepath.Join(dir, filepath.FromSlash(path)))
		}
		if got := runFiles(argv, dir); !slices.Equal(got, paths) {
			t.Errorf("%s: got %q; want %q", command, got, paths)
		}
	}
	sub := filepath.Join(dir, "a", "b")
	if got, want := runFiles([]string{"npm", "run", "up"}, filepath.Join(sub, "c")), []string{filepath.Join(dir, "a", "x.js")}; !slices.Equal(got, want) {
		t.Errorf("a script of the folder above: got %q; want %q", got, want)
	}
}

// fields splits a command at spaces that are not between single quotes.
func fields(command string) []string {
	var words []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
