package watch

import (
	"slices"
	"strconv"
	"strings"
)

// concerns reports whether a mount contains one of the paths or is inside one.
func concerns(point string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return inside(p, point) || inside(point, p) })
}

// localMount marks a mount below a polled one that need not be polled.
const localMount = "local"

// parseMounts returns the mount points of Linux' mountinfo (proc(5)) with the
// type of each; of several on one point the last is on top.
func parseMounts(text string) map[string]string {
	mounts := make(map[string]string)
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		f := strings.Fields(before)
		kind, _, _ := strings.Cut(strings.TrimSpace(after), " ")
		if !ok || len(f) < 5 || kind == "" {
			continue
		}
		mounts[unescapeMount(f[4])] = kind
	}
	return mounts
}

// unescapeMount undoes \040 and the like.
func unescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
