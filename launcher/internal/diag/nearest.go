package diag

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"devrun/config/words"
)

const (
	maxNearest    = 3
	maxCandidates = 50_000
	maxSearch     = 100 * time.Millisecond // on a slow file system the rest of PATH is skipped
)

// localFolders are the folders where projects install programs.
var localFolders = [...]string{".", "bin", "node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin"}

// Nearest suggests up to three commands in place of one that was not found, the
// most likely first: a file of that name in dir or where projects install programs
// ("./myserver", "./node_modules/.bin/vite"), else similar names in dir and on
// PATH. Each is executable. A name with a slash is looked up in its own
// folder.
func Nearest(name, dir string, env []string) []string {
	if name == "" || strings.ContainsRune(name, 0) {
		return nil
	}
	var found []string
	add := func(shown string, path string) {
		if len(found) < maxNearest && !slices.Contains(found, shown) && checkFile(shown, path) == nil {
			found = append(found, shown)
		}
	}
	deadline := time.Now().Add(maxSearch)
	if hasSlash(name) {
		folder, base := filepath.Split(filepath.FromSlash(name))
		for _, near := range similar(base, []string{within(dir, folder)}, deadline) {
			add(filepath.ToSlash(folder)+near.name, near.path)
		}
		return found
	}
	for _, folder := range localFolders {
		add("./"+strings.TrimPrefix(folder+"/", "./")+name, filepath.Join(dir, filepath.FromSlash(folder), name))
	}
	if len(found) > 0 {
		return found
	}
	local := similar(name, []string{within(dir, ".")}, deadline)
	onPath := slices.DeleteFunc(similar(name, pathFolders(dir, env), deadline), func(c candidate) bool {
		// One letter of three makes another name, of which PATH is full: nvm is not npm.
		return len(name) <= 3 && !strings.HasPrefix(strings.ToLower(c.name), strings.ToLower(name))
	})
	all := slices.Concat(local, onPath)
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, near := range all {
		shown := near.name
		if slices.Contains(local, near) {
			shown = "./" + shown
		}
		add(shown, near.path)
	}
	return found
}

// candidate is a file with a similar name.
type candidate struct {
	name, path string
	distance   int
}

// similar are the files in folders with a name like name, the nearest first.
// They need not be executable: the caller checks those that it shows.
func similar(name string, folders []string, deadline time.Time) []candidate {
	limit := words.Tolerance(name)
	var all []candidate
	seen := 0
	for _, folder := range folders {
		if seen >= maxCandidates || time.Now().After(deadline) {
			break
		}
		f, err := os.Open(folder)
		if err != nil {
			continue
		}
		names, _ := f.Readdirnames(maxCandidates - seen)
		f.Close()
		seen += len(names)
		for _, other := range names {
			if other == name {
				continue
			}
			if d := likeness(name, other, limit); d <= limit {
				all = append(all, candidate{other, filepath.Join(folder, other), d})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), firstSlip(name, a.name)-firstSlip(name, b.name),
			cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
	})
	return all
}

// firstSlip is 1 if the names differ in their first letter, which is seldom
// mistyped, else 0.
func firstSlip(name, other string) int {
	if name != "" && strings.HasPrefix(strings.ToLower(other), strings.ToLower(name[:1])) {
		return 0
	}
	return 1
}

// likeness is the distance of two names. It ignores case, and suffixes that
// distributions append, as in python3 and nodejs.
func likeness(name, other string, limit int) int {
	a, b := strings.ToLower(name), strings.ToLower(other)
	if len(a) > 2 && strings.HasPrefix(b, a) && len(b)-len(a) <= 2 {
		return min(limit, 1)
	}
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	return words.Distance(a, b)
}
