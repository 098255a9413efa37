package address

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"devrun/config"
	"devrun/config/dotenv"
	"devrun/launcher/internal/runs"
)

// Around is where a service and its neighbours listen.
type Around struct {
	Own    Endpoint // of the service itself
	Name   string   // of the service itself, which is left out of Others
	Others []Neighbour
}

// Neighbour is another service of the run.
type Neighbour struct {
	Name string
	Endpoint
	variables [][2]string // of NewNeighbour; nil for a worker
}

// NewNeighbour returns a Neighbour that makes its variables once: each service
// of the run gets those of all others.
func NewNeighbour(name string, e Endpoint) Neighbour {
	n := Neighbour{Name: name, Endpoint: e}
	n.variables = n.Variables()
	return n
}

// Expand replaces {port}, {host} and {url}, and {db.port}, {db.host} and {db.url}
// of another service. {{port}} becomes {port}, and ${port} and other braces stay as
// they are.
func (a Around) Expand(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var pairs []string
	fill := func(name, value string) {
		pairs = append(pairs, "${"+name+"}", "${"+name+"}", "{{"+name+"}}", "{"+name+"}", "{"+name+"}", value)
	}
	fill("host", a.Own.Bind)
	if a.Own.Port != 0 {
		fill("port", strconv.Itoa(a.Own.Port))
		fill("url", a.Own.URL())
	}
	for _, other := range a.Others {
		if other.Name == a.Name {
			continue
		}
		fill(other.Name+".port", strconv.Itoa(other.Port))
		fill(other.Name+".host", other.reach())
		fill(other.Name+".url", other.URL())
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// ExpandAll returns words with all placeholders replaced.
func (a Around) ExpandAll(words []string) []string {
	expanded := make([]string, len(words))
	for i, word := range words {
		expanded[i] = a.Expand(word)
	}
	return expanded
}

// Variables returns where the service itself listens, as name and value: PORT,
// HOST and DEVRUN_URL, HOST alone for a worker.
func (e Endpoint) Variables() [][2]string {
	if e.Port == 0 {
		return [][2]string{{"HOST", e.Bind}}
	}
	return [][2]string{{"PORT", strconv.Itoa(e.Port)}, {"HOST", e.Bind}, {"DEVRUN_URL", e.URL()}}
}

// Variables returns where others reach the service, as name and value; nothing
// for a worker.
func (n Neighbour) Variables() [][2]string {
	if n.Port == 0 || n.variables != nil {
		return n.variables
	}
	name := "DEVRUN_" + config.Variable(n.Name)
	return [][2]string{{name + "_PORT", strconv.Itoa(n.Port)}, {name + "_HOST", n.reach()}, {name + "_URL", n.URL()}}
}

// Unused is a value given to a variable that devrun itself sets to another one.
type Unused struct {
	Name, Value string
	Source      string // an env file as it is named, "--env", or CallerSource
}

// CallerSource is the Source of a value in the caller's environment.
const CallerSource = "your shell"

// EnvFiles returns the absolute paths of the service's env files.
func EnvFiles(svc config.Service) []string {
	paths := slices.Clone(svc.EnvFiles)
	for i, path := range paths {
		if !filepath.IsAbs(path) {
			paths[i] = filepath.Join(svc.Dir, path)
		}
	}
	return paths
}

// Environ returns a service's whole environment: base with the service's folder as
// PWD, then the env files, then the service's own values, then those of devrun,
// where a later value replaces an earlier one. References in an env file are looked
// up in what comes before it, where devrun's values count, too; placeholders are
// filled in in the service's own values only. Its error is a *dotenv.Error.
func Environ(base []string, svc config.Service, around Around, runID string, files *dotenv.Files) (env []string, unused []Unused, err error) {
	b := newBlock(base, 9+3*len(around.Others))
	own := around.own(svc.Name, runID)
	values := make(map[string]string, len(own))
	for _, pair := range own {
		values[fold(pair[0])] = pair[1]
	}
	set := func(name, value, source string) {
		if own, ok := values[fold(name)]; ok && value != own {
			unused = append(unused, Unused{name, value, source})
		}
		b.set(name, value)
	}
	for _, pair := range own {
		if old, ok := b.get(pair[0]); ok {
			set(pair[0], old, CallerSource)
		}
		b.set(pair[0], pair[1])
	}
	b.set("PWD", svc.Dir)
	for i, path := range EnvFiles(svc) {
		text, err := files.Read(path)
		if err != nil {
			return nil, nil, err
		}
		variables, mistakes := dotenv.Parse(text, b.get)
		if len(mistakes) > 0 {
			return nil, nil, &dotenv.Error{Path: path, Mistakes: mistakes}
		}
		for _, v := range variables {
			set(v.Name, v.Value, svc.EnvFiles[i])
		}
	}
	for _, pair := range svc.Env {
		name, value, _ := strings.Cut(pair, "=")
		set(name, around.Expand(value), "--env")
	}
	for _, pair := range own {
		b.set(pair[0], pair[1])
	}
	return b.pairs, unused, nil
}

// own returns the variables that devrun itself sets for a service, as name and value.
func (a Around) own(service, runID string) [][2]string {
	own := append(a.Own.Variables(), [2]string{runs.MarkService, service}, [2]string{runs.MarkRun, runID})
	for _, other := range a.Others {
		if other.Name != a.Name {
			own = append(own, other.Variables()...)
		}
	}
	return own
}

// block is an environment in which a later value replaces an earlier one at
// its place.
type block struct {
	pairs []string
	index map[string]int
}

// newBlock returns a block of pairs with room for more.
func newBlock(pairs []string, more int) *block {
	b := &block{pairs: slices.Grow(slices.Clone(pairs), more), index: make(map[string]int, len(pairs)+more)}
	for i, pair := range b.pairs {
		key, _, _ := strings.Cut(pair, "=")
		b.index[fold(key)] = i
	}
	return b
}

func (b *block) get(key string) (string, bool) {
	i, ok := b.index[fold(key)]
	if !ok {
		return "", false
	}
	_, value, _ := strings.Cut(b.pairs[i], "=")
	return value, true
}

func (b *block) set(key, value string) {
	if i, ok := b.index[fold(key)]; ok {
		b.pairs[i] = key + "=" + value
		return
	}
	b.index[fold(key)] = len(b.pairs)
	b.pairs = append(b.pairs, key+"="+value)
}
