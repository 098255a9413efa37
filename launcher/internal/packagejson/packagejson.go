// Package packagejson reads package.json, the manifest of a package of Node.
package packagejson

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"devrun/config"
)

const file = "package.json"

// Package is what counts in a package.json. A value of a wrong type is left out.
// Sources: docs.npmjs.com/cli/configuring-npm/package-json, nodejs.org/api/packages.html.
type Package struct {
	Dir        string                     `json:"-"` // its folder, as Read was given it
	Name       string                     `json:"name"`
	Scripts    map[string]json.RawMessage `json:"scripts"`
	Workspaces json.RawMessage            `json:"workspaces"`

	Main    string          `json:"main"`
	Module  string          `json:"module"`
	Exports json.RawMessage `json:"exports"`

	Dependencies map[string]string `json:"dependencies"`
	Development  map[string]string `json:"devDependencies"`
	Optional     map[string]string `json:"optionalDependencies"`
	Peers        map[string]string `json:"peerDependencies"`
}

// Read reads the package.json of a folder. ok is false where there is none, and where
// it is no JSON object or larger than 1 MiB.
func Read(dir string) (p Package, ok bool) {
	data, err := config.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return Package{}, false
	}
	p.Dir = dir
	err = json.Unmarshal(data, &p)
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is && wrong.Field != "" {
		err = nil // json.Unmarshal goes on after such a value.
	}
	return p, err == nil
}

// Nearest reads the nearest package.json at or above dir, as npm does. ok is false
// where there is none, and where Read cannot read that one.
func Nearest(dir string) (p Package, ok bool) {
	home, err := filepath.Abs(dir)
	if err != nil {
		return p, false
	}
	for {
		if _, err := os.Stat(filepath.Join(home, file)); err == nil {
			return Read(home)
		}
		parent := filepath.Dir(home)
		if parent == home {
			return p, false
		}
		home = parent
	}
}

// Script is the text of a script, "" for none.
func (p Package) Script(name string) (text string) {
	if json.Unmarshal(p.Scripts[name], &text) != nil {
		return ""
	}
	return text
}
