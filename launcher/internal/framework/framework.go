// Package framework knows the development servers that do not read PORT: what
// each needs to be told the port and the host, and whether it reloads by
// itself. It looks at the words of a command only and starts nothing.
package framework

import (
	"slices"
	"strconv"
	"strings"
)

// Form is how a framework is told where to listen.
type Form string

const (
	Flags   Form = ""        // a flag for the port, another for the host
	Address Form = "address" // one flag with host:port
	Word    Form = "word"    // the port is a word, the host a flag
	Joined  Form = "joined"  // host:port is a word
	Nowhere Form = "env"     // the environment only
)

// Framework is one line of the table. Lists are words separated by spaces; of
// several spellings of a flag the first is the one that is added.
type Framework struct {
	Name     string // as people call it
	Program  string // base names of its program, and its package where npx takes that
	Module   string // its name behind python -m
	Serves   string // subcommands that serve; "." is none at all, "a/b" two words, "-S" a flag
	Others   string // subcommands that do not serve, for a program with "."
	Takes    string // flags that take a value and may stand before a subcommand or word
	Port     string // flags for the port
	Host     string // flags for the host; with "=", what is added for loopback
	Strict   string // flags that forbid another port; added with the port
	Instead  string // flags that replace host and port, such as a unix socket
	Form     Form
	PortEnv  string // variable that also sets the port, where there is one
	Reload   string // "yes", or flags that turn reloading on
	NoReload string // flags, or flag=value, that turn it off
	Config   string // globs of what a server that reloads reads at its start only, beside .env files
}

// Hint is what a user would add by hand, with devrun's placeholders. It is
// empty where the environment is the only way.
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

// ConfigFiles are globs of the files for which a server that reloads by itself
// needs a restart all the same.
func (f Framework) ConfigFiles() []string {
	return append(strings.Fields(f.Config), ".env*", "package.json")
}

// Match is a command that was recognised.
type Match struct {
	Framework Framework
	// Reloads reports that the server notices changes of its source itself,
	// so that it needs a restart for its config and env files only.
	Reloads bool

	argv []string
	target
}

// target is a framework's program inside a command.
type target struct {
	row  *Framework
	args []string // the words the program gets
	at   int      // index in the command at which more of them go; -1 where none can
	lead []string // what must stand between
}

// Detect recognises the framework that argv starts when run in dir, directly or
// through a package runner or a script of package.json. Builds, tests and
// everything behind a shell are not recognised. It reads package.json at most.
func Detect(argv []string, dir string) (Match, bool) {
	t, ok := resolve(argv, dir, 0)
	if !ok {
		return Match{}, false
	}
	return Match{Framework: *t.row, Reloads: t.reloads(), argv: argv, target: t}, true
}

// FixedPort is the port that the user's own words name, 0 when they name none.
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
	for _, off := range strings.Fields(t.row.NoReload) {
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

// places are the plain words behind the subcommand: where a Word or Joined
// framework takes its port.
func (t target) places() []string {
	words := plain(t.args, t.row.Takes)
	if t.row.Serves != "." && len(words) > 0 {
		words = words[1:]
	}
	return words
}
