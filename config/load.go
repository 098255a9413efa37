package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads a devrun.yaml. commands are names that no service may have. The error
// is an *Error.
func Load(path string, commands []string) (*File, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, commands)
}

// ReadFile reads a file of at most 1 MiB. The error is an *Error.
func ReadFile(path string) ([]byte, error) {
	tooLong := whole(path, fmt.Sprintf("is larger than %d KiB", maxBytes>>10), nil)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, notRead(path, err)
	case info.IsDir():
		return nil, whole(path, "is a folder, not a file", nil)
	case !info.Mode().IsRegular():
		// Reading a pipe without a writer would never end.
		return nil, whole(path, "is not a regular file", nil)
	case info.Size() > maxBytes:
		return nil, tooLong
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	switch {
	case err != nil:
		return nil, notRead(path, err)
	case len(data) > maxBytes:
		return nil, tooLong
	}
	return data, nil
}

// notRead is the error for a file that cannot be read.
func notRead(path string, err error) *Error {
	reason := err
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		reason = pathErr.Err
	}
	return whole(path, "cannot be read: "+reason.Error(), err)
}

// Parse reads the text of a devrun.yaml like Load does. Relative folders are relative
// to that of path.
func Parse(path string, data []byte, commands []string) (*File, error) {
	if len(data) > maxBytes {
		return nil, whole(path, fmt.Sprintf("is larger than %d KiB", maxBytes>>10), nil)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	file := &File{Path: path, Dir: filepath.Dir(absolute), Smoke: Smoke{Timeout: smokeTimeout}}
	root, mistakes := parseYAML(data)
	r := reader{
		file: filepath.Base(path), dir: file.Dir, commands: commands, mistakes: mistakes,
		names: make(map[string]place), ports: make(map[string]bool), needs: make(map[string][]need), pinned: make(map[int]string),
	}
	if root != nil {
		r.readFile(root, file)
	}
	if len(r.mistakes) > 0 {
		return nil, &Error{File: path, Mistakes: inOrder(r.mistakes)}
	}
	return file, nil
}

// readFile reads the whole tree.
func (r *reader) readFile(root *node, file *File) {
	p := place{node: root}
	services, ok := root.get("services")
	if ok {
		// Names first: smoke may come before services.
		for _, child := range services.value.pairs {
			r.names[child.key] = place{node: &node{line: child.line, column: child.column}, path: join("services", child.key)}
			r.known = append(r.known, child.key)
		}
	}
	if !readKeys(r, p, fileKeys(r.commands), file) {
		return
	}
	if !ok {
		r.mistakes = append(r.mistakes, Mistake{Rule: "has no services; define some, as in services: {web: {command: ./web}}"})
	}
	r.checkNeeds()
	r.checkVariables()
	for _, check := range r.deferred {
		check()
	}
}

// checkVariables finds services for which the others would get the same variables.
func (r *reader) checkVariables() {
	first := make(map[string]string, len(r.known))
	for _, name := range r.known {
		variable := Variable(name)
		if other, taken := first[variable]; taken {
			r.wrong(r.names[name], "clashes with %s: both are DEVRUN_%s_PORT to other services; choose another name", other, variable)
			continue
		}
		first[variable] = name
	}
}
