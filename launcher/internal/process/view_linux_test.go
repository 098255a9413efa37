package process

import (
	"path/filepath"
	"testing"
)

// BenchmarkView asks a tree of thirty processes what a save asks, of one reading and
// of one for each question, as it was before.
func BenchmarkView(b *testing.B) {
	clean(b)
	p, out := service(b, `for i in $(seq 29); do sleep 1000 & done; echo $!; wait`)
	out.pid(b)
	files := []string{filepath.Join(b.TempDir(), "a")}
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = p.View().Output()
			_ = p.View().Writers(files)
			_ = p.View().Watchers(files, 0)
		}
	})
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			v := p.View()
			_, _, _ = v.Output()
			_ = v.Writers(files)
			_ = v.Watchers(files, 0)
		}
	})
	terminate(b, p)
}
