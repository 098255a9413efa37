package detect

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"devrun/config"
	"devrun/launcher/internal/text"
)

// folder is one folder with the names in it.
type folder struct {
	scan  *scan
	path  string          // in the form of fs.FS
	names map[string]bool // whether each is a folder
	pkg   *goPackage      // nil until it is asked for
}

// skipped lists folders without a service of the project: dependencies, build
// results, tests and examples.
var skipped = strings.Fields("node_modules bower_components vendor third_party venv virtualenv __pycache__ Pods " +
	"target dist build bin out tmp coverage testdata fixtures test tests spec e2e examples example")

// walk lists the folder at dir and those below it, sorted by path.
func (s *scan) walk(dir string, depth int) {
	if len(s.folders) == maxFolders {
		s.note("more than %d folders; the others were skipped", maxFolders)
		return
	}
	f := &folder{scan: s, path: dir, names: make(map[string]bool)}
	below, err := f.list()
	if err != nil {
		s.note("%v", err)
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

// list reads the folder and returns the subfolders to look at.
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
		f.scan.note("%s has %d entries or more; the others were skipped", f.path, maxEntries)
	}
	var below []string
	for _, e := range entries {
		name := e.Name()
		f.names[name] = e.IsDir()
		// Links to folders are not followed: they may form a circle.
		if e.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && !slices.Contains(skipped, name) {
			below = append(below, name)
		}
	}
	slices.Sort(below)
	return below, nil
}

// has reports whether the folder has a file of that name.
func (f *folder) has(name string) bool {
	isDir, ok := f.names[name]
	return ok && !isDir
}

// exists reports whether a regular file is at a path below the folder.
func (f *folder) exists(name string) bool {
	if !strings.Contains(name, "/") && !f.has(name) {
		return false
	}
	info, err := fs.Stat(f.scan.fsys, path.Join(f.path, name))
	return err == nil && info.Mode().IsRegular()
}

// file is the path of a name in the folder.
func (f *folder) file(name string) string { return path.Join(f.path, name) }

// read returns the text of a file at a path below the folder. It is false without
// such a file, and with a note if the file is not text of a reasonable length.
func (f *folder) read(name string) (string, bool) {
	if !f.exists(name) { // a pipe would block
		return "", false
	}
	file := f.file(name)
	if f.scan.budget < 0 {
		f.scan.note("more than %d MiB of files; the others were skipped", maxRead>>20)
		return "", false
	}
	data, err := f.scan.readFile(file)
	f.scan.budget -= len(data)
	switch {
	case err != nil:
		f.scan.note("%v", err)
	case len(data) > maxBytes:
		f.scan.note("%s is larger than %d KiB and was skipped", file, maxBytes>>10)
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		f.scan.note("%s is not UTF-8 text and was skipped", file)
	default:
		return strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n"), true
	}
	return "", false
}

// readFile reads little more than maxBytes of a file.
func (s *scan) readFile(file string) ([]byte, error) {
	opened, err := s.fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return io.ReadAll(io.LimitReader(opened, maxBytes+1))
}

// yaml returns the document in a file, an empty one if it cannot be read.
func (f *folder) yaml(name string) config.Document {
	text, _ := f.read(name)
	doc, err := config.ParseDocument([]byte(text))
	if err != nil {
		f.scan.note("%s %v", f.file(name), err)
	}
	return doc
}

// contains reports whether a file has text that matches.
func (f *folder) contains(name string, text *regexp.Regexp) bool {
	content, ok := f.read(name)
	return ok && text.MatchString(content)
}

// unfit reports whether a word has characters that a command or a file that people
// read cannot have.
func unfit(word string) bool {
	return !utf8.ValidString(word) || strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\ufeff' || r == '\u2028' || r == '\u2029'
	})
}

// maxShown is how much of a text is quoted, in characters.
const maxShown = 80

// shown is s on one line, cut to a length that people read.
func shown(s string) string { return text.Shorten(oneLine(s), maxShown) }

// oneLine is s without anything that could end a line.
func oneLine(s string) string {
	return text.Shorten(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " "), 2*maxShown)
}
