package framework

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"devrun/config/words"
)

// maxPackage is the size above which a package.json is not read.
const maxPackage = 1 << 20

// scriptWords returns the words of the named script of the nearest package.json at
// or above dir, and that file's folder, where scripts run. Arguments appended to a
// script go to its last command, so these are the words of that one. home is empty
// if there is no such script, and argv if it is too complex to predict its words.
func scriptWords(dir, name string) (argv []string, home string) {
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
			return words.Last(text), home
		}
		parent := filepath.Dir(home)
		if parent == home {
			return nil, ""
		}
		home = parent
	}
}

// readLimited reads the first maxPackage bytes of a file. The JSON of a longer one
// is then broken.
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
