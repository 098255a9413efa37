package depends

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/packagejson"
)

// node finds what the package.json of dir depends on, where Node looks for it: a link
// in node_modules leads to a package of the workspace, or to what npm link, file: or
// link: name. Without one, as before an install, the manifest itself is followed.
// So are links that no manifest names: npm link makes them.
func node(s *search, dir string) {
	m, ok := packagejson.Read(dir)
	if !ok {
		return
	}
	all := map[string]string{}
	for _, some := range []map[string]string{m.Peers, m.Optional, m.Development, m.Dependencies} {
		maps.Copy(all, some)
	}
	var members map[string]string // of the workspace; nil: not read yet
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		if link, installed := s.installed(dir, name); installed {
			if link != "" {
				s.addPackage(resolved(link), link)
			}
			continue
		}
		path := versionPath(dir, all[name])
		if path == "" {
			if members == nil {
				members = framework.Members(dir)
			}
			path = members[name]
		}
		s.addPackage(path, filepath.Join(dir, "package.json"))
	}
	for _, glob := range []string{"*", "@*/*"} {
		links, _ := filepath.Glob(filepath.Join(dir, "node_modules", glob)) // the pattern is right
		for _, link := range links {
			if isLink(link) {
				s.addPackage(resolved(link), link)
			}
		}
	}
}

// addPackage adds the folder of a package of Node.
func (s *search) addPackage(dir, via string) {
	if m, ok := packagejson.Read(dir); ok && dir != "" {
		s.add(Folder{Dir: dir, Main: mainFile(m), Via: via, Named: true})
	}
}

// installed looks a package up as Node does. link is "" unless it is a symbolic link.
func (s *search) installed(dir, name string) (link string, ok bool) {
	for at := range s.above(dir) {
		path := filepath.Join(at, "node_modules", filepath.FromSlash(name))
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		if isLink(path) {
			return path, true
		}
		return "", true
	}
	return "", false
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// versionPath is the folder that the version of a dependency names; "" for none.
func versionPath(dir, version string) string {
	for _, protocol := range []string{"file:", "link:", "portal:"} {
		if path, ok := strings.CutPrefix(version, protocol); ok {
			return inFolder(dir, path)
		}
	}
	return ""
}

// mainFile is the file of a package that a program loads: of those that the
// manifest names the first that exists, else the first; "" for none.
func mainFile(m packagejson.Package) string {
	first := ""
	for _, name := range append(targets(m.Exports), m.Module, m.Main) {
		if name == "" {
			continue
		}
		path := filepath.Join(m.Dir, filepath.FromSlash(name))
		if first == "" {
			first = path
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return first
}

// targets are the files that "exports" names for the package itself, in the order in
// which Node's conditions have them (nodejs.org/api/packages.html, "Conditional
// exports"). Types are no code.
func targets(exports json.RawMessage) []string {
	var text string
	if json.Unmarshal(exports, &text) == nil {
		return []string{text}
	}
	var choices map[string]json.RawMessage
	if json.Unmarshal(exports, &choices) != nil {
		return nil
	}
	if own, ok := choices["."]; ok {
		return targets(own)
	}
	var list []string
	for _, condition := range []string{"development", "node", "import", "require", "default"} {
		list = append(list, targets(choices[condition])...)
	}
	return list
}
