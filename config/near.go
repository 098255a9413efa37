package config

import (
	"slices"
	"strings"

	"devrun/config/words"
)

// meant returns the key for a word that other tools use for it.
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

// nearest returns the known key that word most likely means, or "".
func nearest(word string, known []string) string {
	if w := meant(strings.ToLower(word)); slices.Contains(known, w) {
		return w
	}
	return words.Nearest(word, known)
}
