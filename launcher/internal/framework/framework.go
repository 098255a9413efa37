// Package framework recognises what a command starts in the end: a development
// server, a server of files, a database, or a tool that restarts another program.
// Of each it knows how it gets its port and host, and whether it reloads by itself.
// It reads the words of a command and the files that give them a meaning, such as
// package.json, and starts nothing.
package framework

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Form is how a framework gets its address.
type Form string

const (
	Flags   Form = ""        // a flag for the port, another for the host
	Address Form = "address" // one flag with host:port
	Word    Form = "word"    // the port is a word, the host a flag
	Joined  Form = "joined"  // host:port is a word
	Nowhere Form = "env"     // nothing is added: it reads PORT, or its address is not known
)

// Framework is one line of the table. Lists are separated by spaces; the first
// spelling of a flag is the one that is added.
type Framework struct {
	Name     string // for messages
	Program  string // base names of its program, and its package if npx accepts that
	Module   string // its name after python -m
	Serves   string // subcommands that serve; "." means without a subcommand, "a/b" two words, "-S" a flag
	Others   string // subcommands that do not serve, for a program with "."
	Help     string // flags that make it print something and end, besides --help and --version
	Takes    string // flags with a value that may come before a subcommand or word
	Port     string // flags for the port
	Host     string // flags for the host; with "=", the value for loopback
	Strict   string // flags that forbid another port; added with the port
	Instead  string // flags that replace host and port, such as a unix socket
	Six      string // flags that make it listen on IPv6 alone
	Before   string // what stands before host:port or the port, such as tcp://
	Form     Form
	Last     bool   // of several flags for the port the last one counts
	Follows  bool   // it reads PORT; its flags are needed for the host
	Passes   bool   // its words are those of the program that it starts
	Reload   string // "yes", or flags that turn reloading on
	ReloadBy string // variables that turn reloading on
	PortBy   string // variable with its port, where that is not PORT
	NoReload string // flags, or flag=value, that turn it off
	Config   string // globs of files that a server that reloads reads only at its start, besides .env files
	ByFile   bool   // on Linux it watches each file that it has loaded, by inode, and may lose one that is saved by rename
	ReadsEnv bool   // it notices changes of .env files, too
	Scheme   string // of its URL; empty: http
	Keeps    bool   // it keeps data in files of its own, which are no source
	Logs     bool   // it logs each connection, and listens only when it serves
}

// Hint returns the words that a user would add by hand, with devrun's placeholders.
// It is empty if only the environment works.
func (f Framework) Hint() string {
	switch f.Form {
	case Nowhere:
		if f.Port == "" || f.Follows {
			return ""
		}
	case Address:
		return first(f.Port) + " " + f.Before + "{host}:{port}"
	case Joined:
		return "{host}:{port}"
	case Word:
		return "{port}"
	}
	return first(f.Port) + " " + f.Before + "{port}"
}

// ConfigFiles returns globs of the files for which even a server that reloads by
// itself needs a restart.
func (f Framework) ConfigFiles() []string {
	files := strings.Fields(f.Config)
	if !f.ReadsEnv {
		files = append(files, ".env*")
	}
	return append(files, "package.json")
}

// NeedsRestart reports whether a slash path is one of ConfigFiles, which count in
// every folder.
func (f Framework) NeedsRestart(file string) bool {
	return slices.ContainsFunc(f.ConfigFiles(), func(glob string) bool {
		return doublestar.MatchUnvalidated("**/"+glob, file)
	})
}

// Match is a command that was recognised.
type Match struct {
	Framework Framework
	// Reloads reports that the server notices changes of its source itself, so
	// that only its config and env files require a restart.
	Reloads bool

	argv     []string
	override bool // the port is added although the command fixes one
	target
}

// Detect recognises the framework that argv starts when run in dir, directly or
// through package runners, wrappers, shells and scripts of package.json. Builds and
// tests are not recognised. environ are variables that the command gets; an entry is
// NAME=value, and the last one of a name counts.
func Detect(argv []string, dir string, environ ...string) (Match, bool) {
	t, ok := resolve(withOwnScript(argv, dir, environ), dir, 0)
	if !ok {
		return Match{}, false
	}
	if t.row == nil && t.node && slices.Contains(strings.Fields(t.variable("NODE_OPTIONS", environ)), "--watch") {
		t.row = nodeWatch
	}
	if t.row == nil {
		return Match{}, false
	}
	return Match{Framework: *t.row, Reloads: t.reloads(environ), argv: argv, target: t}, true
}

// reloads applies the columns Reload, ReloadBy and NoReload. environ are variables
// that the command gets.
func (t target) reloads(environ []string) bool {
	for off := range strings.FieldsSeq(t.row.NoReload) {
		flag, want, pair := strings.Cut(off, "=")
		if got, ok := find(t.args, flag); ok && (!pair || got == want) {
			return false
		}
	}
	if t.row.Reload == "yes" {
		return true
	}
	for name := range strings.FieldsSeq(t.row.ReloadBy) {
		if isOn(t.variable(name, environ)) {
			return true
		}
	}
	_, on := find(t.args, t.row.Reload)
	return on
}

// isOn reports whether the value of a variable switches something on, as flask reads
// it (flask/helpers.py, get_debug_flag).
func isOn(value string) bool {
	return !slices.Contains([]string{"", "0", "false", "no"}, strings.ToLower(value))
}

// serves reports whether args make the program serve, rather than build or test.
func (f *Framework) serves(args []string) bool {
	if _, ok := find(args, "--help --version"); ok || f.helps(args) {
		return false
	}
	words := plain(args, f.Takes)
	for sub := range strings.FieldsSeq(f.Serves) {
		switch {
		case sub == ".":
			if !slices.Contains(strings.Fields(f.Others), subcommand(args, f.Takes)) {
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

// helps reports whether args hold one of the framework's flags that end it at once.
func (f *Framework) helps(args []string) bool {
	helps := strings.Fields(f.Help)
	return slices.ContainsFunc(args, func(word string) bool { return slices.Contains(helps, word) })
}

// subcommand is the first word that is neither a flag nor stands right behind one,
// whose value it may be; empty for none.
func subcommand(args []string, takes string) string {
	valued := strings.Fields(takes)
	for i, arg := range args {
		switch {
		case arg == "--":
			return ""
		case strings.HasPrefix(arg, "-"):
		case i > 0 && strings.HasPrefix(args[i-1], "-") && (!strings.Contains(args[i-1], "=") || slices.Contains(valued, args[i-1])):
		default:
			return arg
		}
	}
	return ""
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
