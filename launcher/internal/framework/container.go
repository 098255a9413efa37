package framework

import (
	"path/filepath"
	"slices"
)

// StartsContainers reports whether a command is a client that has an engine run
// containers: who listens on their ports is no process of the command's own.
func StartsContainers(argv []string) bool {
	if len(argv) < 2 {
		return false
	}
	words := argv[1:]
	switch filepath.Base(argv[0]) {
	case "docker", "podman", "nerdctl":
		return slices.ContainsFunc([]string{"run", "start", "compose"}, func(sub string) bool { return slices.Contains(words, sub) })
	case "docker-compose", "podman-compose":
		return slices.ContainsFunc([]string{"up", "run", "start"}, func(sub string) bool { return slices.Contains(words, sub) })
	}
	return false
}
