package service

import (
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/watch"
)

// outputs tells what a build writes from what a person saves while it runs.
type outputs struct {
	named []string       // paths that the commands name as what is built
	seen  map[string]int // by path: builds during which it changed; savedByHand
}

// savedByHand marks a file that changed while nothing was being built.
const savedByHand = -1

// newOutputs knows the service's executable and what -o names. Paths are as the
// watcher reports them: relative to root where they lie in it.
func newOutputs(root, dir, executable string, build []string) outputs {
	o := outputs{seen: map[string]int{}}
	add := func(file string) {
		if file == "" {
			return
		}
		file = absoluteIn(dir, file)
		if rel, err := filepath.Rel(root, file); err == nil && filepath.IsLocal(rel) {
			file = filepath.ToSlash(rel)
		}
		o.named = append(o.named, file)
	}
	add(executable)
	for i, word := range build {
		if word == "-o" && i+1 < len(build) {
			add(build[i+1])
		} else if file, ok := strings.CutPrefix(word, "-o="); ok {
			add(file)
		}
	}
	return o
}

// writes reports whether the build is known to write the file: the commands say
// so, or it has changed in two builds and never otherwise.
func (o *outputs) writes(file string) bool {
	named := func(out string) bool { return file == out || strings.HasPrefix(file, out+"/") }
	return o.seen[file] >= 2 || slices.ContainsFunc(o.named, named)
}

// during takes down what has changed during one build and returns what of it may
// have been saved by somebody. What comes with the first build is the build's, and
// so is what is gone, without its name being known, from a folder with outputs.
func (o *outputs) during(files []watch.Change, first bool) []watch.Change {
	var saved []watch.Change
	for _, file := range files {
		switch {
		case o.seen[file.Path] == savedByHand:
			saved = append(saved, file)
		case first && file.Op == watch.Created:
			o.seen[file.Path] = 2
		default:
			o.seen[file.Path]++
			saved = append(saved, file)
		}
	}
	return slices.DeleteFunc(saved, func(file watch.Change) bool { return file.Type.IsDir() && o.liesIn(file.Path) })
}

// liesIn reports whether something that the build writes lies in a folder, which
// ends with a slash.
func (o *outputs) liesIn(folder string) bool {
	for file, builds := range o.seen {
		if builds >= 2 && strings.HasPrefix(file, folder) {
			return true
		}
	}
	return slices.ContainsFunc(o.named, func(out string) bool { return strings.HasPrefix(out, folder) })
}

// outside takes down what has changed while nothing was being built.
func (o *outputs) outside(file watch.Change) { o.seen[file.Path] = savedByHand }
