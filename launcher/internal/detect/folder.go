package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// folder is one folder with the names in it.
type folder struct {
	scan  *scan
	path  string          // as fs.FS has it
	names map[string]bool // true for what is a folder
}

// skipped are folders that hold no service of the project: what tools put
// there, other people's code, and what serves as an example or a test.
var skipped = []string{
	"node_modules", "bower_components", "vendor", "third_party", "venv", "virtualenv", "__pycache__", "Pods",
	"target", "dist", "build", "bin", "out", "tmp", "coverage",
	"testdata", "fixtures", "test", "tests", "spec", "e2e", "examples", "example",
}

// walk lists the folder at dir and those below it, sorted by path.
func (s *scan) walk(dir string, depth int) {
	if len(s.folders) == maxFolders {
		s.note("more than %d folders; the others were not looked at", maxFolders)
		return
	}
	f := &folder{scan: s, path: dir, names: make(map[string]bool)}
	below, err := f.list()
	if err != nil {
		s.note("%s cannot be read: %v", dir, cause(err))
		return
	}
	s.folders, s.byPath[dir] = append(s.folders, f), f
	if depth == maxDepth {
		return
	}
	for _, name := range below {
		s.walk(path.Join(dir, name), depth+1)
	}
}

// list reads the folder and returns the folders in it that are looked at.
func (f *folder) list() ([]string, error) {
	opened, err := f.scan.fsys.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	dir, ok := opened.(fs.ReadDirFile)
	if !ok {
		return nil, errors.New("not a folder")
	}
	entries, err := dir.ReadDir(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) == maxEntries {
		f.scan.note("%s has %d entries or more; the others were not looked at", f.path, maxEntries)
	}
	var below []string
	for _, e := range entries {
		name := e.Name()
		f.names[name] = e.IsDir()
		// A link to a folder may lead anywhere, and round.
		if e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && !slices.Contains(skipped, name) {
			below = append(below, name)
		}
	}
	slices.Sort(below)
	return below, nil
}

// has reports whether the folder holds a file of that name.
func (f *folder) has(name string) bool {
	isDir, ok := f.names[name]
	return ok && !isDir
}

// exists reports whether a file lies at a path below the folder.
func (f *folder) exists(name string) bool {
	info, err := fs.Stat(f.scan.fsys, path.Join(f.path, name))
	return err == nil && info.Mode().IsRegular()
}

// file is the path of a name in the folder.
func (f *folder) file(name string) string { return path.Join(f.path, name) }

// read returns the text of a file at a path below the folder. What is no text
// of a bearable length is noted, and is not read.
func (f *folder) read(name string) (string, bool) {
	file := f.file(name)
	info, err := fs.Stat(f.scan.fsys, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false
	case err != nil:
		f.scan.note("%s cannot be read: %v", file, cause(err))
		return "", false
	case !info.Mode().IsRegular(): // a pipe would be waited for
		return "", false
	case f.scan.budget < 0:
		f.scan.note("more than %d MiB of files; the others were not looked at", maxRead>>20)
		return "", false
	}
	opened, err := f.scan.fsys.Open(file)
	if err != nil {
		f.scan.note("%s cannot be read: %v", file, cause(err))
		return "", false
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, maxBytes+1))
	f.scan.budget -= len(data)
	switch {
	case err != nil:
		f.scan.note("%s cannot be read: %v", file, cause(err))
	case len(data) > maxBytes:
		f.scan.note("%s is larger than %d KiB and was not looked at", file, maxBytes>>10)
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		f.scan.note("%s is no UTF-8 text and was not looked at", file)
	default:
		return strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), true
	}
	return "", false
}

// contains reports whether a file of the folder holds any of the words.
func (f *folder) contains(name string, words ...string) bool {
	text, ok := f.read(name)
	return ok && slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// cause is the system's word for what happened, without operation and path.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// unfit reports whether a word cannot stand in a command, or in a file that
// people read.
func unfit(word string) bool {
	return !utf8.ValidString(word) || strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\ufeff' || r == '\u2028' || r == '\u2029'
	})
}

// maxShown is how much of a found text is shown, in characters.
const maxShown = 80

// oneLine is s as it can stand in a line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxShown*2 {
		s = string(runes[:maxShown*2]) + "…"
	}
	return s
}

// shown is s in a description, cut to what people read.
func shown(s string) string {
	s = oneLine(s)
	if runes := []rune(s); len(runes) > maxShown {
		s = fmt.Sprintf("%s…", string(runes[:maxShown]))
	}
	return s
}
