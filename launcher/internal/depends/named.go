package depends

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"devrun/config"
)

// manifests name folders by their paths, relative to their own. must is what such a
// folder has: other paths are of files, or of things to be made.
var manifests = []struct {
	file  string
	paths *regexp.Regexp
	must  string
}{
	{"Cargo.toml", regexp.MustCompile(`\bpath\s*=\s*["']([^"'\n]+)["']`), "Cargo.toml"},
	{"Gemfile", regexp.MustCompile(`\bpath(?::|\s*=>)?\s*["']([^"'\n]+)["']`), "*.gemspec"},
	{"mix.exs", regexp.MustCompile(`\bpath:\s*"([^"\n]+)"`), "mix.exs"},
	{"pubspec.yaml", regexp.MustCompile(`\bpath:\s*["']?([^"'\s#]+)`), "pubspec.yaml"},
	{"tsconfig*.json", regexp.MustCompile(`"path"\s*:\s*"([^"\n]+)"`), "tsconfig*.json"}, // project references
	{"*.*proj", regexp.MustCompile(`<ProjectReference\s[^>]*Include="([^"\n]+)"`), "*.*proj"},
}

// named finds the folders that a manifest in dir names.
func named(s *search, dir string) {
	for _, m := range manifests {
		files, _ := filepath.Glob(filepath.Join(dir, m.file)) // the pattern is right
		for _, file := range files {
			text := uncommented(file)
			for _, match := range m.paths.FindAllStringSubmatch(text, -1) {
				s.addNamed(dir, match[1], m.must, file)
			}
			if m.file == "Cargo.toml" {
				s.inherited(dir, text)
			}
		}
	}
}

// addNamed adds the folder of a path in a manifest, which may be that of a file in it.
func (s *search) addNamed(dir, named, must, via string) {
	folder := inFolder(dir, strings.ReplaceAll(named, `\`, "/"))
	if path.Ext(named) != "" && !exists(folder, must) {
		folder = filepath.Dir(folder)
	}
	if exists(folder, must) {
		s.add(Folder{Dir: folder, Via: via, Named: true})
	}
}

// member is a dependency that a crate takes from its workspace.
var member = regexp.MustCompile(`(?m)^\s*([\w-]+)(?:\.workspace\s*=\s*true|\s*=\s*\{[^}\n]*\bworkspace\s*=\s*true)`)

// inherited finds the dependencies of a crate in dir whose paths its workspace names.
func (s *search) inherited(dir, text string) {
	var names []string
	for _, match := range member.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	if len(names) == 0 {
		return
	}
	for at := range s.above(filepath.Dir(dir)) {
		file := filepath.Join(at, "Cargo.toml")
		text := uncommented(file)
		if !strings.Contains(text, "[workspace") {
			continue
		}
		for line := range strings.Lines(text) {
			name, _, _ := strings.Cut(line, "=")
			match := manifests[0].paths.FindStringSubmatch(line)
			if match != nil && slices.Contains(names, strings.TrimSpace(name)) {
				s.addNamed(at, match[1], "Cargo.toml", file)
			}
		}
		return
	}
}

// uncommented is the text of a manifest without lines that are comments; "" if it
// cannot be read.
func uncommented(file string) string {
	data, err := config.ReadFile(file)
	if err != nil {
		return ""
	}
	var text strings.Builder
	for line := range strings.Lines(string(data)) {
		if start := strings.TrimSpace(line); !strings.HasPrefix(start, "#") && !strings.HasPrefix(start, "//") {
			text.WriteString(line)
		}
	}
	return text.String()
}

// composer finds the packages that Composer has linked into vendor, as it does with
// those of a path repository (getcomposer.org/doc/05-repositories.md#path).
func composer(s *search, dir string) {
	if !exists(dir, "composer.json") {
		return
	}
	links, _ := filepath.Glob(filepath.Join(dir, "vendor", "*", "*"))
	for _, link := range links {
		if isLink(link) {
			s.add(Folder{Dir: link, Via: link, Named: true})
		}
	}
}
