package launcher

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/joho/godotenv"

	"devrun/config"
)

// The variables that every service gets.
const (
	envPort    = "PORT"
	envHost    = "HOST"
	envURL     = "DEVRUN_URL"
	envService = "DEVRUN_SERVICE"
	envRunID   = "DEVRUN_RUN_ID"
)

// envTask marks what devrun runs beside the service: an exec check.
const envTask = "DEVRUN_TASK"

// EnvFileError is a dotenv file that cannot be used.
type EnvFileError struct {
	Path string
	Err  error
}

func (e *EnvFileError) Error() string { return fmt.Sprintf("read env file %s: %v", e.Path, e.Err) }

// Unwrap returns the system's or the parser's error.
func (e *EnvFileError) Unwrap() error { return e.Err }

// surroundings is what a service is told of where it and the others listen.
type surroundings struct {
	own    Endpoint // its Port is 0 for a worker
	others []neighbour
}

// neighbour is another service of the run.
type neighbour struct {
	name string
	Endpoint
}

// expand replaces {port}, {host} and {url}, and {db.port}, {db.host} and {db.url}
// of another service; other braces stay as they are.
func (s surroundings) expand(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{host}", s.own.Bind}
	if s.own.Port != 0 {
		pairs = append(pairs, "{port}", strconv.Itoa(s.own.Port), "{url}", s.own.URL())
	}
	for _, other := range s.others {
		pairs = append(pairs,
			"{"+other.name+".port}", strconv.Itoa(other.Port),
			"{"+other.name+".host}", other.Addr.String(),
			"{"+other.name+".url}", other.URL())
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// variables are those that devrun sets itself.
func (s surroundings) variables(svc config.Service, runID string) [][2]string {
	list := [][2]string{{envHost, s.own.Bind}}
	if s.own.Port != 0 {
		list = [][2]string{{envPort, strconv.Itoa(s.own.Port)}, {envHost, s.own.Bind}, {envURL, s.own.URL()}}
	}
	list = append(list, [2]string{envService, svc.Name}, [2]string{envRunID, runID})
	for _, other := range s.others {
		list = append(list, other.variables()...)
	}
	return list
}

// variables say to others where a service is reached.
func (n neighbour) variables() [][2]string {
	name := "DEVRUN_" + config.Variable(n.name)
	return [][2]string{{name + "_PORT", strconv.Itoa(n.Port)}, {name + "_HOST", n.Addr.String()}, {name + "_URL", n.URL()}}
}

// environ returns the service's whole environment: the caller's, then the env
// files, then the service's own values, then devrun's, each winning over those
// before it. overridden names the variables of devrun that somebody had set.
func environ(caller []string, svc config.Service, around surroundings, runID string) (env, overridden []string, err error) {
	b := newBlock(caller)
	for _, file := range svc.EnvFiles {
		values, err := readEnvFile(file, svc.Dir)
		if err != nil {
			return nil, nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			b.set(key, around.expand(values[key]))
		}
	}
	for _, pair := range svc.Env {
		key, value, _ := strings.Cut(pair, "=")
		b.set(key, around.expand(value))
	}
	for _, pair := range around.variables(svc, runID) {
		if old, ok := b.get(pair[0]); ok && old != pair[1] {
			overridden = append(overridden, pair[0])
		}
		b.set(pair[0], pair[1])
	}
	return b.pairs, overridden, nil
}

func readEnvFile(path, dir string) (map[string]string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		if pathErr, ok := err.(*fs.PathError); ok {
			err = pathErr.Err
		}
		return nil, &EnvFileError{Path: path, Err: err}
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

func newBlock(pairs []string) *block {
	b := &block{pairs: slices.Clone(pairs), index: make(map[string]int, len(pairs)+8)}
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
