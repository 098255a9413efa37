package service

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/config/words"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/watch"
)

// Limits for the folders of programs that are not in use.
const (
	mostPrograms = 32
	programAge   = 14 * 24 * time.Hour
)

// program is what the command go run stands for: devrun builds it, and runs what was
// built. So the old process serves until the build succeeds, its status is its own,
// and a build that makes the same program needs no restart.
type program struct {
	run     framework.GoRun
	dir     string // the folder of the executable, devrun's own
	made    string // what the last build made, by contentOf; "" for nothing
	running string // what was started last, as made; "" after a restart was asked for
	stale   bool   // a file has changed since then that the program may have read
}

// programOf returns the program of a go run command; nil for another command, and
// where the user has a build, or nothing can be kept.
func programOf(b *base, environ []string) *program {
	svc, env := b.svc, b.env
	if b.framework != nil || len(svc.Build) > 0 || env.StateDir == "" {
		return nil
	}
	run, ok := framework.ParseGoRun(svc.Command, environ)
	if !ok {
		return nil
	}
	state, err := filepath.Abs(env.StateDir)
	if err != nil {
		return nil
	}
	// The words belong to the key: two services of one name must not share a folder.
	key := sha256.Sum256([]byte(words.Join(slices.Concat([]string{env.Project.Dir, svc.Name, svc.Dir}, run.Flags, run.Package))))
	return &program{run: run, dir: filepath.Join(state, "programs", hex.EncodeToString(key[:8]))}
}

// makeFolder makes the folder of the executable, and removes those of other programs
// that have long not been built.
func (p *program) makeFolder() error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	now := time.Now()
	_ = os.Chtimes(p.dir, now, now) // else it is removed sooner
	parent := filepath.Dir(p.dir)
	entries, _ := os.ReadDir(parent)
	times := map[string]time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			times[e.Name()] = info.ModTime()
		}
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int {
		return cmp.Or(times[b.Name()].Compare(times[a.Name()]), strings.Compare(a.Name(), b.Name()))
	})
	for i, e := range entries {
		if path := filepath.Join(parent, e.Name()); path != p.dir && (i >= mostPrograms || now.Sub(times[e.Name()]) > programAge) {
			_ = os.RemoveAll(path) // the next build tries again
		}
	}
	return nil
}

// file is the executable: the newest, where the name of the package has changed.
func (p *program) file() string {
	file, newest := "", time.Time{}
	entries, _ := os.ReadDir(p.dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && !info.ModTime().Before(newest) && !strings.HasSuffix(e.Name(), "~") {
			file, newest = filepath.Join(p.dir, e.Name()), info.ModTime()
		}
	}
	return file
}

// folder is the working folder, given the service's.
func (p *program) folder(dir string) string {
	if p.run.Dir == "" {
		return dir
	}
	return absoluteIn(dir, p.run.Dir)
}

// buildID is what go writes near the beginning of an executable: the hashes of what
// went into the link and the program, and last that of the content without these
// (see buildid.go of the go command). A comment changes the others as well.
var buildID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:[\w-]{20}/){3}([\w-]{20})`) })

// idWithin is how far into an executable the build ID is searched, in bytes.
const idWithin = 64 << 10

// contentOf tells executables apart by what they do; "" if the file cannot be read.
func contentOf(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, idWithin))
	if err != nil {
		return ""
	}
	if id := buildID().FindSubmatch(head); id != nil {
		return string(id[1])
	}
	hash := sha256.New()
	hash.Write(head)
	if _, err := io.Copy(hash, f); err != nil {
		return ""
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// look takes in what a build has made. It reports whether the program that was
// started last does the same: it is the same file, and has read no other that changed.
func (p *program) look() (same bool) {
	p.made = contentOf(p.file()) // where it is "", the start explains it
	return p.made != "" && p.made == p.running && !p.stale
}

// started takes in that the program was started.
func (p *program) started() { p.running, p.stale = p.made, false }

// takeIn takes in what has changed before a build.
func (p *program) takeIn(taken changes) {
	source := func(file watch.Change) bool { return isGoSource(file.Path) || isAboutProject(file.Path) }
	p.stale = p.stale || taken.total > len(taken.files) || slices.ContainsFunc(taken.files, func(file watch.Change) bool { return !source(file) })
}

// isGoSource reports whether go build reads the file, and programs hardly do.
func isGoSource(file string) bool {
	name := filepath.Base(file)
	return filepath.Ext(name) == ".go" || slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum"}, name)
}

// aboutProject are names of files that are for people alone, whatever their extension.
var aboutProject = strings.Fields("readme license licence copying notice changelog changes contributing code_of_conduct security authors todo notes")

// isAboutProject reports whether a file is for people alone.
func isAboutProject(file string) bool {
	name := strings.ToLower(filepath.Base(file))
	switch ext := filepath.Ext(name); ext {
	case "", ".md", ".txt", ".rst", ".adoc":
		return slices.Contains(aboutProject, strings.TrimSuffix(name, ext))
	}
	return false
}

// arrange resolves a start of the program: what is run, its argv, and the environment
// with the folder of go run -C.
func (p *program) arrange(argv, env []string, dir string) (path string, ran, environ []string, err error) {
	if path = p.file(); path == "" {
		return "", nil, env, &diag.CommandError{Name: words.Join(argv), Kind: diag.NotFound, Err: os.ErrNotExist}
	}
	if p.run.Dir != "" {
		env = slices.DeleteFunc(slices.Clone(env), func(pair string) bool { return strings.HasPrefix(pair, "PWD=") })
		env = append(env, "PWD="+p.folder(dir))
	}
	return path, append([]string{path}, argv[len(argv)-len(p.run.Args):]...), env, nil
}
