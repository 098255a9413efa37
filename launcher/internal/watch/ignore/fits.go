package ignore

import (
	"os"
	"path/filepath"
)

// Fits reports whether dir, an entry of the folder of s, holds at most limit
// folders that are not ignored.
func (s *Scope) Fits(dir string, limit int) bool {
	type item struct {
		dir   string
		outer *Scope
	}
	n := 0
	for stack := []item{{dir, s}}; len(stack) > 0; {
		it := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n++; n > limit {
			return false
		}
		entries, err := os.ReadDir(it.dir)
		if err != nil {
			continue // reported when it is watched
		}
		var marks Marks
		for _, e := range entries {
			marks |= MarkOf(e.Name())
		}
		inner := it.outer.Enter(it.dir, marks)
		for _, e := range entries {
			if p := filepath.Join(it.dir, e.Name()); e.IsDir() && !inner.Decide(p, true).Ignored() {
				stack = append(stack, item{p, inner})
			}
		}
	}
	return true
}
