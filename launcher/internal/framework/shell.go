package framework

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"devrun/config/words"
	"devrun/launcher/internal/packagejson"
)

// special is how a program is resolved that starts several others or other than by
// the words behind its own; nil for any other program.
func special(name string) func(argv []string, dir string, depth int) (target, bool) {
	switch name {
	case "sh", "bash", "dash", "zsh", "ksh", "ash", "fish":
		return shell
	case "concurrently", "conc":
		return concurrently
	case "run-p", "npm-run-all", "npm-run-all2":
		return runScripts
	case "turbo":
		return turbo
	case "lerna":
		return lerna
	case "nx":
		return nx
	case "deno":
		return deno
	}
	return nil
}

// textFlag is a flag of a shell before the text of a script: -c, -lc, -ec.
var textFlag = regexp.MustCompile(`^-[a-z]*c[a-z]*$`)

// shell is sh -c TEXT, or a shell with the file of a script.
func shell(argv []string, dir string, depth int) (target, bool) {
	for i, word := range argv[1:] {
		switch {
		case textFlag.MatchString(word) && i+2 < len(argv):
			return shellText(argv, i+2, dir, depth)
		case !strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "+"):
			return place(nil, argv, i+2), true
		}
	}
	return target{at: -1}, true
}

// shellText is what is known of the commands that run at the end of the script argv[i].
// Further words reach the one program among them only inside the script.
func shellText(argv []string, i int, dir string, depth int) (target, bool) {
	commands, ok := words.Together(argv[i], staysIn(dir, depth))
	if !ok {
		return target{at: -1}, true
	}
	t, ok := several(commands, dir, depth)
	t.splice.word = i
	return t, ok
}

// daemons are flags that make a server go on in the background.
const daemons = "-d --daemon --daemonize -b --background --fork"

// staysIn returns what reports whether a command of a script that runs in dir is a known
// server in the foreground, which does not end by itself.
func staysIn(dir string, depth int) func(words.Command) bool {
	return func(c words.Command) bool {
		t, ok := resolve(c.Words, inside(dir, c.Dir), depth+1)
		if !ok || t.row == nil || t.row.Keeps {
			return false
		}
		_, leaves := find(t.args, daemons)
		return !leaves
	}
}

// concurrently starts each of its words as a script of a shell, and npm:NAME as a
// script of package.json (concurrently --help).
func concurrently(argv []string, dir string, depth int) (target, bool) {
	const takes = "-n --names -m --max-processes -s --success -c --prefix-colors -p --prefix -l --prefix-length -t --timestamp-format " +
		"--restart-tries --restart-after --default-input-target --handle-input --kill-signal --ks --name-separator --hide -P"
	var all []words.Command
	for _, text := range plain(argv[1:], takes) {
		if name, short := strings.CutPrefix(text, "npm:"); short {
			all = append(all, named(name, dir)...)
			continue
		}
		commands, ok := words.Together(text, staysIn(dir, 0))
		if !ok {
			return target{at: -1}, true
		}
		all = append(all, commands...)
	}
	t, ok := several(all, dir, depth)
	return t.deaf(), ok
}

// runScripts starts scripts of package.json at the same time (npm-run-all/docs).
func runScripts(argv []string, dir string, depth int) (target, bool) {
	if program(argv[0]) != "run-p" {
		if _, parallel := find(argv[1:], "-p --parallel"); !parallel {
			return target{at: -1}, true
		}
	}
	var all []words.Command
	for _, name := range argv[1:] {
		if !strings.HasPrefix(name, "-") {
			all = append(all, named(name, dir)...)
		}
	}
	t, ok := several(all, dir, depth)
	return t.deaf(), ok
}

// named are the commands that start the scripts of a name, which may be a pattern
// with "*" for a part between colons.
func named(name, dir string) (commands []words.Command) {
	name, _, _ = strings.Cut(name, " ")
	home, ok := packagejson.Nearest(dir)
	if !ok || !strings.Contains(name, "*") {
		return []words.Command{{Words: []string{"npm", "run", name}}}
	}
	pattern := strings.ReplaceAll(name, ":", "/")
	for other := range home.Scripts {
		if ok, err := path.Match(pattern, strings.ReplaceAll(other, ":", "/")); ok && err == nil {
			commands = append(commands, words.Command{Words: []string{"npm", "run", other}})
		}
	}
	slices.SortFunc(commands, func(a, b words.Command) int { return strings.Compare(a.Words[2], b.Words[2]) })
	return commands
}
