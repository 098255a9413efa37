package config

import (
	"slices"
	"strings"

	"devrun/config/words"
)

// otherWords are the words that other tools use, after the key that means the same.
var otherWords = [...][2]string{
	{"command", "cmd run exec entrypoint args start process"},
	{"shell", "script sh bash"},
	{"env", "environment variables vars"},
	{"env_file", "dotenv env_files"},
	{"dir", "cwd working_dir workdir directory folder root"},
	{"ready", "healthcheck health readiness readiness_probe probe wait"},
	{"stop", "shutdown stop_signal"},
	{"depends_on", "after needs requires links"},
	{"services", "processes apps procs tasks"},
	{"ignore", "exclude ignored"},
	{"checks", "tests test requests"},
	{"name", "project title"},
	{"settle", "debounce delay"},
	{"body", "contains text"},
}

// nearest returns the known key that word most likely means, or "".
func nearest(word string, known []string) string {
	for _, w := range otherWords {
		if slices.Contains(strings.Fields(w[1]), strings.ToLower(word)) && slices.Contains(known, w[0]) {
			return w[0]
		}
	}
	return words.Nearest(word, known)
}
