package detect

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkLook looks at a workspace of 1,000 packages with ten files each.
func BenchmarkLook(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	write("package.json", `{"workspaces": ["apps/**"]}`)
	write("go.mod", "module example.com/x\n")
	for i := range 1000 {
		app := fmt.Sprintf("apps/a%d/", i)
		write(app+"package.json", `{"scripts": {"dev": "vite"}}`)
		for j := range 9 {
			write(fmt.Sprintf("%sf%d.go", app, j), "package a\n")
		}
	}
	for b.Loop() {
		if found := Look(os.DirFS(dir), nil); len(found.Proposals) != maxProposals {
			b.Fatalf("%d proposals; want %d", len(found.Proposals), maxProposals)
		}
	}
}
