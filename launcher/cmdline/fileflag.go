package cmdline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileFlags choose the file in foreman, overmind, hivemind and docker compose.
var fileFlags = []string{"f", "file", "procfile"}

// withFile returns words with --config in place of the flag with which another tool
// chooses its file, and that file. It is "" where there is no such flag, and where its
// value is not a file.
func withFile(words []string) (line []string, file string) {
	for i, word := range words {
		flag, value, joined := strings.Cut(word, "=")
		if !strings.HasPrefix(word, "-") || !slices.Contains(fileFlags, strings.TrimLeft(flag, "-")) {
			continue
		}
		end := i + 1
		if !joined && end < len(words) {
			value = words[end]
			end++
		}
		if info, err := os.Stat(value); err != nil || info.IsDir() {
			break
		}
		return slices.Concat(words[:i], []string{"--config", value}, words[end:]), value
	}
	return words, ""
}

// withoutStart drops the word with which other tools start everything, after the flags.
func withoutStart(line []string) []string {
	if last := len(line) - 1; last >= 0 && slices.Contains(startWords, line[last]) {
		return line[:last]
	}
	return line
}

// isCompose reports whether a file has the name of one of Docker Compose: compose.yaml,
// or docker-compose.dev.yml.
func isCompose(file string) bool {
	name := strings.TrimPrefix(filepath.Base(file), "docker-")
	ext := filepath.Ext(name)
	return strings.HasPrefix(name, "compose.") && (ext == ".yaml" || ext == ".yml")
}
