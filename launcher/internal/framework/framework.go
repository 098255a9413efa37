// Package framework recognises development servers that do not read PORT: how each
// gets its port and host, and whether it reloads by itself. It reads the words of a
// command and starts nothing.
package framework

import (
	"slices"
	"strconv"
	"strings"
)

// Form is how a framework gets its address.
type Form string

const (
	Flags   Form = ""        // a flag for the port, another for the host
	Address Form = "address" // one flag with host:port
	Word    Form = "word"    // the port is a word, the host a flag
	Joined  Form = "joined"  // host:port is a word
	Nowhere Form = "env"     // the environment only
)

// Framework is one line of the table. Lists are separated by spaces; the first
// spelling of a flag is the one that is added.
type Framework struct {
	Name     string // for messages
	Program  string // base names of its program, and its package if npx accepts that
	Module   string // its name after python -m
	Serves   string // subcommands that serve; "." means without a subcommand, "a/b" two words, "-S" a flag
	Others   string // subcommands that do not serve, for a program with "."
	Takes    string // flags with a value that may come before a subcommand or word
	Port     string // flags for the port
	Host     string // flags for the host; with "=", the value for loopback
	Strict   string // flags that forbid another port; added with the port
	Instead  string // flags that replace host and port, such as a unix socket
	Form     Form
	Reload   string // "yes", or flags that turn reloading on
	NoReload string // flags, or flag=value, that turn it off
	Config   string // globs of files that a server that reloads reads only at its start, besides .env files
}

// Hint returns the words that a user would add by hand, with devrun's placeholders.
// It is empty if only the environment works.
func (f Framework) Hint() string {
	switch f.Form {
	case Nowhere:
		return ""
	case Address:
		return first(f.Port) + " {host}:{port}"
	case Joined:
		return "{host}:{port}"
	case Word:
		return "{port}"
	}
	return first(f.Port) + " {port}"
}

// ConfigFiles returns globs of the files for which even a server that reloads by
// itself needs a restart.
func (f Framework) ConfigFiles() []string {
	return append(strings.Fields(f.Config), ".env*", "package.json")
}

// Match is a command that was recognised.
type Match struct {
	Framework Framework
	// Reloads reports that the server notices changes of its source itself, so
	// that only its config and env files require a restart.
	Reloads bool

	argv []string
	target
}

// target is a framework's program inside a command.
type target struct {
	row  *Framework
	args []string // the words the program gets
	at   int      // index in the command for further words; -1 if none can be added
	lead []string // words that must come before them
}

// Detect recognises the framework that argv starts when run in dir, directly or
// through a package runner or a script of package.json. Builds, tests and commands
// of a shell are not recognised. The only file that it reads is package.json.
func Detect(argv []string, dir string) (Match, bool) {
	t, ok := resolve(argv, dir, 0)
	if !ok {
		return Match{}, false
	}
	return Match{Framework: *t.row, Reloads: t.reloads(), argv: argv, target: t}, true
}

// FixedPort returns the port in the user's own words, 0 if there is none.
func (m Match) FixedPort() int {
	var value string
	switch m.row.Form {
	case Word, Joined:
		if words := m.places(); len(words) > 0 {
			value = words[0]
		}
	default:
		value, _ = find(m.args, m.row.Port)
	}
	value = value[strings.LastIndexByte(value, ':')+1:]
	port, err := strconv.Atoi(value)
	if err != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}

// reloads applies the Reload and NoReload columns.
func (t target) reloads() bool {
	for off := range strings.FieldsSeq(t.row.NoReload) {
		flag, want, pair := strings.Cut(off, "=")
		if got, ok := find(t.args, flag); ok && (!pair || got == want) {
			return false
		}
	}
	if t.row.Reload == "yes" {
		return true
	}
	_, on := find(t.args, t.row.Reload)
	return on
}

// serves reports whether args make the program serve, rather than build or test.
func (f *Framework) serves(args []string) bool {
	if _, ok := find(args, "--help --version"); ok {
		return false
	}
	words := plain(args, f.Takes)
	for sub := range strings.FieldsSeq(f.Serves) {
		switch {
		case sub == ".":
			others := strings.Fields(f.Others)
			if !slices.ContainsFunc(args, func(word string) bool { return slices.Contains(others, word) }) {
				return true
			}
		case strings.HasPrefix(sub, "-"):
			if _, ok := find(args, sub); ok {
				return true
			}
		default:
			one, two, pair := strings.Cut(sub, "/")
			if len(words) > 0 && words[0] == one && (!pair || len(words) > 1 && words[1] == two) {
				return true
			}
		}
	}
	return false
}

// places are the plain words after the subcommand, where a Word or Joined framework
// expects its port.
func (t target) places() []string {
	words := plain(t.args, t.row.Takes)
	if t.row.Serves != "." && len(words) > 0 {
		words = words[1:]
	}
	return words
}
