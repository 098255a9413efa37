package diag

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// scriptRunners run a file that is no program by itself, by its extension.
var scriptRunners = map[string]string{
	".js": "node", ".mjs": "node", ".cjs": "node", ".ts": "npx tsx", ".mts": "npx tsx", ".tsx": "npx tsx", ".jsx": "npx tsx",
	".py": "python3", ".rb": "ruby", ".php": "php", ".pl": "perl", ".lua": "lua", ".sh": "sh", ".bash": "bash",
	".go": "go run", ".jar": "java -jar",
}

// Runnable returns the command that runs a file of dir which was typed as a command:
// with its interpreter, or with "./" where it is a program. It is nil for anything else.
func Runnable(word, dir string) []string {
	path := within(dir, word)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if mayExecute(path, info) && InspectExecutable(path) == nil {
		if !hasSlash(word) {
			word = "." + string(filepath.Separator) + word
		}
		return []string{word}
	}
	runner, ok := scriptRunners[strings.ToLower(filepath.Ext(word))]
	if !ok {
		return nil
	}
	if !hasSlash(word) && runner == "go run" {
		word = "./" + word
	}
	return append(strings.Fields(runner), word)
}

// hasShebang reports whether a file begins with #!.
func hasShebang(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 2)
	_, err = io.ReadFull(file, head)
	return err == nil && string(head) == "#!"
}
