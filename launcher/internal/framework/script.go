package framework

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxPackage is the size above which a package.json is not read.
const maxPackage = 1 << 20

// scriptWords are the words of the named script of the nearest package.json at
// or above dir, and that file's folder, where scripts run. What is appended to a
// script goes to its last command, so these are the words of that one. There is
// no such script where home is empty, and no words where it is not understood.
func scriptWords(dir, name string) (words []string, home string) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return nil, ""
	}
	for {
		data, err := readLimited(filepath.Join(home, "package.json"))
		if err == nil {
			var file struct {
				Scripts map[string]json.RawMessage `json:"scripts"`
			}
			var text string
			if json.Unmarshal(data, &file) != nil || json.Unmarshal(file.Scripts[name], &text) != nil {
				return nil, ""
			}
			return lastCommand(text), home
		}
		parent := filepath.Dir(home)
		if parent == home {
			return nil, ""
		}
		home = parent
	}
}

// readLimited reads a file of at most maxPackage bytes; of a larger one it
// returns a part, which is then no JSON.
func readLimited(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, os.ErrInvalid
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPackage))
}

// lastCommand splits the last simple command of a script into words, as a shell
// does. There are none for anything whose words depend on a shell's state, and where
// text that is appended would not become the command's arguments.
func lastCommand(text string) []string {
	var words []string
	var word strings.Builder
	inWord := false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t':
			end()
		case '\'', '"':
			n := strings.IndexByte(text[i+1:], c)
			if n < 0 {
				return nil
			}
			quoted := text[i+1 : i+1+n]
			if c == '"' && strings.ContainsAny(quoted, "$`\\") {
				return nil
			}
			word.WriteString(quoted)
			inWord = true
			i += n + 1
		case ';':
			end()
			words = nil
		case '&', '|':
			if i+1 >= len(text) || text[i+1] != c {
				return nil
			}
			i++
			end()
			words = nil
		case '$', '`', '\\', '<', '>', '(', ')', '{', '}', '\n', '\r', '#', '*', '?', '[':
			return nil
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	end()
	return words
}
