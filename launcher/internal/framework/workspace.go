package framework

import (
	"encoding/json"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/goccy/go-yaml"

	"devrun/config"
	"devrun/launcher/internal/packagejson"
)

// maxFolders bounds the search for the packages of a pattern with "**".
const maxFolders = 20_000

// members are the packages of the workspace at or above dir, without its root.
func members(dir string) (packs []packagejson.Package) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	for {
		if patterns := patterns(dir); len(patterns) > 0 {
			for _, folder := range folders(dir, patterns) {
				if p, ok := packagejson.Read(folder); ok {
					packs = append(packs, p)
				}
			}
			return packs
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil
		}
		dir = parent
	}
}

// patterns are those of the packages of a workspace whose root is dir, as npm,
// yarn and bun (package.json), pnpm and lerna keep them; nil for another folder.
func patterns(dir string) []string {
	var file struct {
		Packages []string `json:"packages" yaml:"packages"`
	}
	if data, err := config.ReadFile(filepath.Join(dir, "pnpm-workspace.yaml")); err == nil && yaml.Unmarshal(data, &file) == nil && len(file.Packages) > 0 {
		return file.Packages
	}
	if p, ok := packagejson.Read(dir); ok && len(p.Workspaces) > 0 {
		var list []string
		if json.Unmarshal(p.Workspaces, &list) == nil {
			return list
		}
		if json.Unmarshal(p.Workspaces, &file) == nil {
			return file.Packages
		}
	}
	if data, err := config.ReadFile(filepath.Join(dir, "lerna.json")); err == nil && json.Unmarshal(data, &file) == nil {
		return file.Packages
	}
	return nil
}

// folders are those below root that the patterns name; "!" leaves some out.
func folders(root string, patterns []string) (found []string) {
	for _, pattern := range patterns {
		pattern, out := strings.CutPrefix(pattern, "!")
		pattern = path.Clean(filepath.ToSlash(pattern))
		if out {
			found = slices.DeleteFunc(found, func(dir string) bool {
				rel, err := filepath.Rel(root, dir)
				return err == nil && doublestar.MatchUnvalidated(pattern, filepath.ToSlash(rel))
			})
			continue
		}
		for _, dir := range below(root, pattern) {
			if !slices.Contains(found, dir) {
				found = append(found, dir)
			}
		}
	}
	return found
}

// below are the folders of one pattern.
func below(root, pattern string) (found []string) {
	if !strings.Contains(pattern, "**") {
		found, _ = filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		return found
	}
	left := maxFolders
	_ = filepath.WalkDir(root, func(dir string, entry fs.DirEntry, err error) error {
		switch left--; {
		case left < 0:
			return fs.SkipAll
		case err != nil || !entry.IsDir():
			return nil
		case dir != root && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		}
		if rel, err := filepath.Rel(root, dir); err == nil && dir != root && doublestar.MatchUnvalidated(pattern, filepath.ToSlash(rel)) {
			found = append(found, dir)
		}
		return nil
	})
	return found
}

// site is where a runner works.
type site struct {
	dir     string
	filters []string // of packages of the workspace around dir
	all     bool     // every package of it

	kept   []string // flags that it takes for its own without knowing them
	own    []string // its words behind the name that it starts
	passed []string // the other words there: those that it keeps, and those of the program
}

// narrow reports whether the runner works in packages of the workspace instead of dir.
func (s site) narrow() bool { return s.all || len(s.filters) > 0 }

// home is the one package in which the runner starts a script of that name; with "",
// the one that the filters name. ok is false where there is none, and where several
// have it.
func (s site) home(script string) (home packagejson.Package, ok bool) {
	for _, p := range s.chosen() {
		if script != "" && p.Script(script) == "" {
			continue
		}
		if ok {
			return packagejson.Package{}, false
		}
		home, ok = p, true
	}
	return home, ok
}

// chosen are the packages that the filters name. One that is not understood, such as
// a range of commits, names all.
func (s site) chosen() []packagejson.Package {
	all := members(s.dir)
	if s.all || len(s.filters) == 0 {
		return all
	}
	picked := make([]bool, len(all))
	only := slices.ContainsFunc(s.filters, func(filter string) bool { return !strings.HasPrefix(filter, "!") })
	for i, p := range all {
		picked[i] = !only
		for _, filter := range s.filters {
			if plain, out := strings.CutPrefix(filter, "!"); !out && s.names(filter, p, all) {
				picked[i] = true
			} else if out && s.names(plain, p, all) {
				picked[i] = false
			}
		}
	}
	var chosen []packagejson.Package
	for i, p := range all {
		if picked[i] {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// names reports whether a filter means a package: by its name, that without its
// scope where no package has just that name, a glob of names, or its folder
// (pnpm.io/filtering; docs.npmjs.com/cli/using-npm/workspaces).
func (s site) names(filter string, p packagejson.Package, all []packagejson.Package) bool {
	if strings.Contains(filter, "...") || strings.Contains(filter, "[") {
		return true
	}
	filter = strings.TrimSuffix(strings.TrimPrefix(filter, "{"), "}")
	if ok, err := path.Match(filter, p.Name); err == nil && ok {
		return true
	}
	if _, bare, scoped := strings.Cut(p.Name, "/"); scoped && bare == filter {
		return !slices.ContainsFunc(all, func(other packagejson.Package) bool { return other.Name == filter })
	}
	dir := filepath.Join(s.dir, filepath.FromSlash(filter))
	if filepath.IsAbs(filter) {
		dir = filepath.Clean(filter)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	ok, err := doublestar.PathMatch(dir, p.Dir)
	return p.Dir == dir || err == nil && ok
}

// PackageName is the name of the package.json in dir, without its scope; "" for none.
func PackageName(dir string) string {
	p, _ := packagejson.Read(dir)
	return p.Name[strings.LastIndexByte(p.Name, '/')+1:]
}

// Members are the folders of the packages in the workspace at or above dir, by name.
func Members(dir string) map[string]string {
	folders := map[string]string{}
	for _, p := range members(dir) {
		folders[p.Name] = p.Dir
	}
	return folders
}
