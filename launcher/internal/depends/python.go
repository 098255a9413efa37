package depends

import (
	"encoding/json"
	"net/url"
	"path/filepath"

	"devrun/config"
)

// editable finds the folders whose packages are installed to be edited, in the
// environment that Python code in dir has: its own, one above it, or the one in use.
// The record of that is PEP 610's.
func editable(s *search, dir string) {
	if !exists(dir, "pyproject.toml", "setup.py", "requirements*.txt", "Pipfile", "*.py", "*/__init__.py") {
		return
	}
	var envs []string
	for at := range s.above(dir) {
		envs = append(envs, filepath.Join(at, ".venv"), filepath.Join(at, "venv"))
	}
	if s.venv != "" {
		envs = append(envs, s.venv)
	}
	for _, env := range envs {
		for _, packages := range []string{"lib/python*/site-packages", "Lib/site-packages"} {
			records, _ := filepath.Glob(filepath.Join(env, filepath.FromSlash(packages), "*.dist-info", "direct_url.json"))
			for _, record := range records {
				if edited := editedAt(record); edited != "" {
					s.add(Folder{Dir: edited, Via: record})
				}
			}
		}
	}
}

// editedAt is the folder of an editable package; "" for another one.
func editedAt(record string) string {
	var origin struct {
		URL string `json:"url"`
		Dir struct {
			Editable bool `json:"editable"`
		} `json:"dir_info"`
	}
	data, err := config.ReadFile(record)
	if err != nil || json.Unmarshal(data, &origin) != nil || !origin.Dir.Editable {
		return ""
	}
	u, err := url.Parse(origin.URL)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return filepath.FromSlash(u.Path)
}
