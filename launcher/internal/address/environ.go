package address

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/joho/godotenv"

	"devrun/config"
	"devrun/launcher/internal/oserr"
	"devrun/launcher/internal/runs"
)

// EnvFileError is a dotenv file that cannot be used.
type EnvFileError struct {
	Path string
	Err  error
}

func (e *EnvFileError) Error() string { return fmt.Sprintf("read env file %s: %v", e.Path, e.Err) }

// Unwrap returns the system's or the parser's error.
func (e *EnvFileError) Unwrap() error { return e.Err }

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
// of another service; other braces stay as they are.
func (a Around) Expand(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{host}", a.Own.Bind}
	if a.Own.Port != 0 {
		pairs = append(pairs, "{port}", strconv.Itoa(a.Own.Port), "{url}", a.Own.URL())
	}
	for _, other := range a.Others {
		if other.Name == a.Name {
			continue
		}
		pairs = append(pairs,
			"{"+other.Name+".port}", strconv.Itoa(other.Port),
			"{"+other.Name+".host}", other.Addr.String(),
			"{"+other.Name+".url}", other.URL())
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
	return [][2]string{{name + "_PORT", strconv.Itoa(n.Port)}, {name + "_HOST", n.Addr.String()}, {name + "_URL", n.URL()}}
}

// Environ returns a service's whole environment: base, then the env files, then
// the service's own values, then those of devrun, where a later value replaces
// an earlier one. overridden names the variables of devrun that were set before.
// Its error is an *EnvFileError.
func Environ(base []string, svc config.Service, around Around, runID string) (env, overridden []string, err error) {
	files, err := ReadEnvFiles(svc)
	if err != nil {
		return nil, nil, err
	}
	env, overridden = files.Environ(base, svc, around, runID)
	return env, overridden, nil
}

// EnvFiles are the values in the env files of a service, file by file.
type EnvFiles []map[string]string

// ReadEnvFiles reads the env files of a service, which may take any time: on a hung
// mount, say. Its error is an *EnvFileError.
func ReadEnvFiles(svc config.Service) (EnvFiles, error) {
	var files EnvFiles
	for _, file := range svc.EnvFiles {
		values, err := readEnvFile(file, svc.Dir)
		if err != nil {
			return nil, err
		}
		files = append(files, values)
	}
	return files, nil
}

// Environ is the function Environ with files that were read.
func (f EnvFiles) Environ(base []string, svc config.Service, around Around, runID string) (env, overridden []string) {
	b := newBlock(base, 8+3*len(around.Others))
	for _, values := range f {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			b.set(key, around.Expand(values[key]))
		}
	}
	for _, pair := range svc.Env {
		key, value, _ := strings.Cut(pair, "=")
		b.set(key, around.Expand(value))
	}
	own := append(around.Own.Variables(), [2]string{runs.MarkService, svc.Name}, [2]string{runs.MarkRun, runID})
	for _, other := range around.Others {
		if other.Name != around.Name {
			own = append(own, other.Variables()...)
		}
	}
	for _, pair := range own {
		if old, ok := b.get(pair[0]); ok && old != pair[1] {
			overridden = append(overridden, pair[0])
		}
		b.set(pair[0], pair[1])
	}
	return b.pairs, overridden
}

func readEnvFile(path, dir string) (map[string]string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &EnvFileError{Path: path, Err: oserr.Cause(err)}
	}
	defer f.Close()
	values, err := godotenv.Parse(f)
	if err != nil {
		// The parser quotes the line, which may hold a secret.
		return nil, &EnvFileError{Path: path, Err: errEnvSyntax}
	}
	return values, nil
}

var errEnvSyntax = fmt.Errorf("want lines of the form NAME=value")

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
