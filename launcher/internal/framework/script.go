package framework

import (
	"encoding/json"
	"path/filepath"

	"devrun/config"
	"devrun/config/words"
)

// scriptWords returns the words of the named script of the nearest package.json at
// or above dir, and that file's folder, where scripts run. Arguments appended to a
// script go to its last command, so these are the words of that one. home is empty
// if there is no such script, and argv if it is too complex to predict its words.
func scriptWords(dir, name string) (argv []string, home string) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return nil, ""
	}
	for ; ; home = filepath.Dir(home) {
		data, err := config.ReadFile(filepath.Join(home, "package.json"))
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
		if filepath.Dir(home) == home {
			return nil, ""
		}
	}
}
