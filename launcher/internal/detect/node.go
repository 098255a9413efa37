package detect

import (
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"devrun/config"
)

// packageJSON is the relevant part of a package.json.
type packageJSON struct {
	Name           string
	PackageManager string // "pnpm@9.1.0"
	Scripts        map[string]string
	Workspaces     globs
}

// globs is written as a list, or as {"packages": list}.
type globs []string

func (g *globs) UnmarshalJSON(data []byte) error {
	var nested struct{ Packages []string }
	_ = json.Unmarshal(data, &nested)
	*g = nested.Packages
	_ = json.Unmarshal(data, (*[]string)(g))
	return nil
}

// Limits for the globs of a workspace: each is matched with every folder.
const (
	maxGlobs = 200
	maxGlob  = 200 // bytes
)

// workspace is a package.json with others below it.
type workspace struct {
	root    string
	globs   []string
	members bool // one of them has a script to run
}

// readPackage reads the package.json of a folder. Values of a wrong type are left
// out.
func (f *folder) readPackage() (p packageJSON, ok bool) {
	text, ok := f.read("package.json")
	if !ok {
		return p, false
	}
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal([]byte(text), &p); err != nil && !errors.As(err, &wrongType) {
		f.scan.note("%s is not JSON: %v", f.file("package.json"), err)
		return packageJSON{}, false
	}
	return p, true
}

// runs reports whether there is a script of that name.
func (p packageJSON) runs(script string) bool { return strings.TrimSpace(p.Scripts[script]) != "" }

// findWorkspaces finds the packages with workspaces, and whether their members have
// scripts to run.
func (s *scan) findWorkspaces() {
	for _, f := range s.folders {
		p, ok := f.readPackage()
		if !ok {
			continue
		}
		globs := p.Workspaces
		for glob := range f.yaml("pnpm-workspace.yaml").Get("packages").Items() {
			globs = append(globs, glob.Text())
		}
		if w := s.workspaceOf(f.path); w != nil && p.runs("dev") {
			w.members = true
		}
		globs = slices.DeleteFunc(globs, func(glob string) bool { return len(glob) > maxGlob })
		globs = globs[:min(len(globs), maxGlobs)]
		if len(globs) > 0 {
			s.workspaces = append(s.workspaces, workspace{root: f.path, globs: globs})
		}
	}
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
			// An invalid pattern matches nothing.
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

// lockFiles are written by package managers.
var lockFiles = [][2]string{
	{"pnpm-lock.yaml", "pnpm"}, {"yarn.lock", "yarn"}, {"bun.lock", "bun"}, {"bun.lockb", "bun"},
	{"package-lock.json", "npm"}, {"npm-shrinkwrap.json", "npm"},
}

// manager is the package manager that a folder or the nearest one above names, else
// npm.
func (s *scan) manager(dir string) string {
	for ; ; dir = path.Dir(dir) {
		if f := s.byPath[dir]; f != nil {
			p, _ := f.readPackage()
			if name, _, _ := strings.Cut(p.PackageManager, "@"); slices.Contains([]string{"npm", "pnpm", "yarn", "bun"}, name) {
				return name
			}
			for _, lock := range lockFiles {
				if f.has(lock[0]) {
					return lock[1]
				}
			}
		}
		if dir == "." {
			return "npm"
		}
	}
}

// node proposes the script of a package.json that serves.
func (s *scan) node(f *folder) {
	p, ok := f.readPackage()
	if !ok {
		return
	}
	wanted := []string{"dev", "start", "serve"}
	if s.workspaceOf(f.path) != nil {
		wanted = wanted[:1] // a library's start is seldom meant
	}
	i := slices.IndexFunc(wanted, p.runs)
	if i < 0 {
		return
	}
	script := p.Scripts[wanted[i]]
	proposal := Proposal{
		Command: []string{s.manager(f.path), "run", wanted[i]}, Dir: f.path, Worker: onlyBuilds(script) || f.onlyWorks(script),
		Why: f.file("package.json") + " script " + wanted[i] + ": " + shown(script),
	}
	for _, w := range s.workspaces {
		switch {
		case w.root == f.path && w.members:
			proposal.Doubt = "its workspaces have scripts of their own"
		case w.root != f.path && within(f.path, w.root) && s.workspaceOf(f.path) == nil:
			proposal.Doubt = "it is not one of the workspaces"
		}
	}
	name := f.called(path.Base(p.Name))
	if f.path == "." && (p.Name == "" || config.CleanName(name) == "") {
		name = "web"
	}
	s.propose(name, proposal)
}

// deno proposes the task of a deno.json that serves.
func (s *scan) deno(f *folder) {
	text, ok := f.read("deno.json")
	if !ok {
		return
	}
	var config struct{ Tasks map[string]any }
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		s.note("%s is not JSON: %v", f.file("deno.json"), err)
		return
	}
	for _, task := range []string{"dev", "start", "serve"} {
		if config.Tasks[task] != nil {
			s.propose(f.called(""), Proposal{Command: []string{"deno", "task", task}, Dir: f.path, Why: f.file("deno.json") + " task " + task})
			return
		}
	}
}

var (
	fileScript = pattern(`^\s*(?:node|nodemon|tsx|bun|ts-node)(?:\s+(?:watch|run|--watch))?\s+([\w./-]+\.[cm]?[jt]s)\s*$`)
	listening  = pattern(`(?i)listen|serve|\bport\b|['"]\.\.?/|express|fastify|koa|hapi|hono|next`)
)

// onlyWorks reports whether a script runs a file that listens nowhere: it stands by
// itself, and has no word of a server.
func (f *folder) onlyWorks(script string) bool {
	match := fileScript().FindStringSubmatch(script)
	if match == nil {
		return false
	}
	text, ok := f.read(match[1])
	return ok && strings.TrimSpace(text) != "" && !listening().MatchString(text)
}

var (
	builder  = pattern(`^\s*(tsc|tsup|tsdown|rollup|esbuild|babel|swc|sass|postcss|tailwindcss|unbuild|microbundle|vite build|webpack)\b`)
	watching = pattern(`(^|\s)(-w|--watch)\b`)
	serving  = pattern(`&|\||;|\bserve\b|--serve|\bnode\b`)
)

// onlyBuilds reports whether a script rebuilds after changes and serves nothing.
func onlyBuilds(script string) bool {
	return builder().MatchString(script) && watching().MatchString(script) && !serving().MatchString(script)
}
