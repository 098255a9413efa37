package config

import (
	"slices"
	"strings"
)

// meant are the words that other tools have for our keys.
func meant(word string) string {
	switch word {
	case "cmd", "run", "exec", "entrypoint", "args", "start", "process":
		return "command"
	case "script", "sh", "bash":
		return "shell"
	case "environment", "variables", "vars":
		return "env"
	case "dotenv", "env_files":
		return "env_file"
	case "cwd", "working_dir", "workdir", "directory", "folder", "root":
		return "dir"
	case "healthcheck", "health", "readiness", "readiness_probe", "probe", "wait":
		return "ready"
	case "shutdown", "stop_signal":
		return "stop"
	case "after", "needs", "requires", "links":
		return "depends_on"
	case "processes", "apps", "procs", "tasks":
		return "services"
	case "exclude", "ignored":
		return "ignore"
	case "tests", "test", "requests":
		return "checks"
	case "project", "title":
		return "name"
	case "debounce", "delay":
		return "settle"
	case "contains", "text":
		return "body"
	}
	return ""
}

// nearest returns the one of known that word most likely stands for, or "".
func nearest(word string, known []string) string {
	lower := strings.ToLower(word)
	if len(lower) > maxShown {
		return ""
	}
	if w := meant(lower); slices.Contains(known, w) {
		return w
	}
	// One slip in a short word, two in a longer one, three in a long one.
	best, limit := "", min(1+len(lower)/4, 3)
	for _, candidate := range known {
		if len(candidate) > len(lower)+limit || len(lower) > len(candidate)+limit {
			continue
		}
		d := distance(lower, strings.ToLower(candidate))
		if d <= limit && d < len(candidate) {
			best, limit = candidate, d-1
		}
	}
	if best != "" || len(lower) < 3 {
		return best
	}
	for _, candidate := range known {
		if strings.HasPrefix(candidate, lower) || strings.HasPrefix(lower, candidate) {
			return candidate
		}
	}
	return ""
}

// distance counts the letters to insert, drop, replace or swap with their
// neighbour until a is b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
