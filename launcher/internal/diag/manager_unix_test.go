//go:build unix

package diag

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMissingManager(t *testing.T) {
	dir, bare, npm, both := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "package.json"), `{"scripts": {"dev": "vite"}}`, 0o644)
	if err := os.MkdirAll(filepath.Join(dir, "node_modules", ".bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "node_modules", ".bin", "vite"), "#!/bin/sh\n", 0o755)
	for _, path := range []string{filepath.Join(npm, "npm"), filepath.Join(both, "npm"), filepath.Join(both, "corepack"), filepath.Join(npm, "npx")} {
		write(t, path, "#!/bin/sh\n", 0o755)
	}
	const install = "corepack enable pnpm"
	for _, test := range []struct {
		path, command string
		want          string // the lines of the remedies
	}{
		{both, "pnpm dev", install + "; devrun -- npm run dev"},
		{both, "pnpm run dev --host", install + "; devrun -- npm run dev -- --host"},
		{both, "pnpm run dev -- --host", install + "; devrun -- npm run dev -- --host"},
		{both, "pnpm vite", install + "; devrun -- npm exec -- vite"},
		{both, "pnpm exec vite --host", install + "; devrun -- npm exec -- vite --host"},
		{both, "pnpm dlx serve", install + "; devrun -- npm exec -- serve"},
		{both, "pnpx serve", install + "; devrun -- npm exec -- serve"},
		{both, "pnpm", install},
		{both, "pnpm --filter=web dev", install},
		{both, "pnpm -r dev", install},
		{both, "pnpm run --if-present dev", install},
		{both, "pnpm run", install},
		{both, "pnpm run vite", install},
		{both, "pnpm preview", install},
		{npm, "pnpm --filter web dev", "npm install -g pnpm"},
		{npm, "pnpx -y serve", "npm install -g pnpm"},
		{both, "yarn workspace web dev", "corepack enable yarn"},
		{both, "yarnpkg dev", "corepack enable yarn; devrun -- npm run dev"},
		{both, "bun --hot server.ts", "npm install -g bun"},
		{both, "bunx vite", "npm install -g bun; devrun -- npm exec -- vite"},
		{bare, "pnpm dev", "devrun explain command-not-found"},
	} {
		command := strings.Fields(test.command)
		f := CommandFacts{Command: command, Dir: dir, Err: &CommandError{Name: command[0], Kind: NotFound}}
		env := []string{"PATH=" + test.path}
		f.Search(env, env)
		var lines []string
		for _, remedy := range CommandProblem(f).Remedies {
			lines = append(lines, remedy.String())
		}
		if got := strings.Join(lines, "; "); got != test.want {
			t.Errorf("%s: remedies %s; want %s", test.command, got, test.want)
		}
	}
}
