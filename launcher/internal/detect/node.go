package detect

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// packageJSON is what matters of a package.json. Members of another type than
// they should have are as if they were not there.
type packageJSON struct {
	name       string
	manager    string // "pnpm@9.1.0"
	scripts    map[string]string
	workspaces []string // globs
}

// The globs of a workspace that are looked at: each is matched with every folder.
const (
	maxGlobs = 200
	maxGlob  = 200 // bytes
)

// workspace is a package.json that has others below it.
type workspace struct {
	root    string
	globs   []string
	members bool // one of them has a script to run
}

// readPackage reads the package.json of a folder.
func (f *folder) readPackage() (packageJSON, bool) {
	if !f.has("package.json") {
		return packageJSON{}, false
	}
	text, ok := f.read("package.json")
	if !ok {
		return packageJSON{}, false
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		f.scan.note("%s is not JSON: %v", f.file("package.json"), err)
		return packageJSON{}, false
	}
	var p packageJSON
	p.name, _ = as[string](members["name"])
	p.manager, _ = as[string](members["packageManager"])
	scripts, _ := as[map[string]json.RawMessage](members["scripts"])
	p.scripts = make(map[string]string, len(scripts))
	for name, raw := range scripts {
		if script, ok := as[string](raw); ok && strings.TrimSpace(script) != "" {
			p.scripts[name] = script
		}
	}
	if p.workspaces, ok = as[[]string](members["workspaces"]); !ok {
		nested, _ := as[map[string]json.RawMessage](members["workspaces"])
		p.workspaces, _ = as[[]string](nested["packages"])
	}
	return p, true
}

// as is a JSON value of a certain type.
func as[T any](raw json.RawMessage) (T, bool) {
	var value T
	err := json.Unmarshal(raw, &value)
	return value, err == nil
}

// findWorkspaces looks for packages that have others below them, and for which
// of those have something to run.
func (s *scan) findWorkspaces() {
	for _, f := range s.folders {
		p, ok := f.readPackage()
		if !ok {
			continue
		}
		globs := p.workspaces
		if f.has("pnpm-workspace.yaml") {
			globs = append(globs, f.pnpmWorkspaces()...)
		}
		if w := s.workspaceOf(f.path); w != nil && p.scripts["dev"] != "" {
			w.members = true
		}
		globs = slices.DeleteFunc(globs, func(glob string) bool { return len(glob) > maxGlob })
		globs = globs[:min(len(globs), maxGlobs)]
		if len(globs) > 0 {
			s.workspaces = append(s.workspaces, workspace{root: f.path, globs: globs})
		}
	}
}

// pnpmWorkspaces are the globs of a pnpm-workspace.yaml: the list under its key
// packages.
func (f *folder) pnpmWorkspaces() []string {
	text, _ := f.read("pnpm-workspace.yaml")
	var globs []string
	inside := false
	for _, line := range enumerate(text) {
		item, ok := strings.CutPrefix(strings.TrimSpace(line), "-")
		switch {
		case ok && inside:
			item, _, _ = strings.Cut(item, " #")
			globs = append(globs, strings.Trim(strings.TrimSpace(item), `"'`))
		case line != "" && line[0] != ' ' && line[0] != '#':
			inside = strings.HasPrefix(line, "packages:")
		}
	}
	return globs
}

// workspaceOf returns the workspace that a folder is a member of, or nil.
func (s *scan) workspaceOf(dir string) *workspace {
	for i := range s.workspaces {
		w := &s.workspaces[i]
		if dir == w.root || !within(dir, w.root) {
			continue
		}
		member := false
		for _, glob := range w.globs {
			glob, not := strings.CutPrefix(glob, "!")
			// A pattern that is none matches nothing.
			if ok, err := doublestar.Match(strings.Trim(path.Clean(glob), "/"), below(dir, w.root)); err == nil && ok {
				member = !not
			}
		}
		if member {
			return w
		}
	}
	return nil
}

// lockedBy is the package manager that a folder's own files name, or "".
func (f *folder) lockedBy(p packageJSON) string {
	known := []string{"npm", "pnpm", "yarn", "bun"}
	if name, _, _ := strings.Cut(p.manager, "@"); slices.Contains(known, name) {
		return name
	}
	for _, lock := range []struct{ file, manager string }{
		{"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}, {"bun.lock", "bun"}, {"bun.lockb", "bun"},
		{"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"},
	} {
		if f.has(lock.file) {
			return lock.manager
		}
	}
	return ""
}

// node proposes the script that serves, of a package.json.
func (s *scan) node(f *folder) {
	p, ok := f.readPackage()
	if !ok {
		return
	}
	wanted := []string{"dev", "start", "serve"}
	manager := f.lockedBy(p)
	if s.workspaceOf(f.path) != nil {
		wanted = wanted[:1] // a library's start is seldom meant
	}
	i := slices.IndexFunc(wanted, func(name string) bool { return p.scripts[name] != "" })
	if i < 0 {
		return
	}
	if manager == "" {
		manager = s.managerAbove(f.path)
	}
	script := p.scripts[wanted[i]]
	proposal := Proposal{
		Command: []string{manager, "run", wanted[i]}, Dir: f.path, Worker: onlyBuilds(script),
		Why: f.file("package.json") + " script " + wanted[i] + ": " + shown(script),
	}
	for _, w := range s.workspaces {
		switch {
		case w.root == f.path && w.members:
			proposal.Doubt = "its workspaces have scripts of their own"
		case w.root != f.path && within(f.path, w.root) && s.workspaceOf(f.path) == nil:
			proposal.Doubt = "it is none of the workspaces"
		}
	}
	name := f.called(path.Base(p.name))
	if f.path == "." && (p.name == "" || clean(name) == "") {
		name = "web"
	}
	s.propose(name, proposal)
}

// managerAbove is the package manager of the nearest folder above that names
// one, else npm.
func (s *scan) managerAbove(dir string) string {
	for dir != "." {
		dir = path.Dir(dir)
		if f := s.folder(dir); f != nil {
			p, _ := f.readPackage()
			if manager := f.lockedBy(p); manager != "" {
				return manager
			}
		}
	}
	return "npm"
}

// onlyBuilds reports whether a script builds again and again, and serves nothing.
func onlyBuilds(script string) bool {
	watcher := regexp.MustCompile(`^(tsc|tsup|tsdown|rollup|esbuild|babel|swc|sass|postcss|tailwindcss|unbuild|microbundle|vite build|webpack)\b`)
	serves := regexp.MustCompile(`&|\||;|\bserve\b|--serve|\bnode\b`)
	watches := regexp.MustCompile(`(^|\s)(-w|--watch)\b`)
	script = strings.TrimSpace(script)
	return watcher.MatchString(script) && watches.MatchString(script) && !serves.MatchString(script)
}
