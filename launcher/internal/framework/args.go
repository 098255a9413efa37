package framework

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// Args returns the command with the words that make the framework listen on host and
// port, and the added words alone. Nothing that the user's own words or the script
// already set is added. If there is nothing to add, argv is the command itself. An
// empty host keeps the framework's own; a port outside 1–65535 adds nothing.
func (m Match) Args(host string, port int) (argv, added []string) {
	if m.row == nil || m.at < 0 && m.splice.end == 0 || port < 1 || port > 65535 {
		return m.argv, nil
	}
	words := m.target.missing(host, port, m.override)
	if len(words) == 0 {
		return m.argv, nil
	}
	if m.at < 0 {
		added = append(slices.Clone(m.splice.lead), words...)
		return m.splice.into(m.argv, added), added
	}
	added = append(slices.Clone(m.lead), words...)
	return slices.Concat(m.argv[:m.at], added, m.argv[m.at:]), added
}

// Unreached are the words that its program lacks for the port and that cannot be added,
// with PORT in place of the number, and the script of a file where the user can write
// them: the program of "vite | cat" in package.json. Both are empty where nothing is
// lacking, and where no such script is known.
func (m Match) Unreached() (words, place string) {
	if m.script == "" || !m.lacks() || m.row.PortBy != "" {
		return "", ""
	}
	if _, told := find(m.args, m.row.Port); told || len(m.target.missing("", 1, false)) == 0 {
		return "", ""
	}
	return strings.NewReplacer("{port}", "$PORT", "{host}", "$HOST").Replace(m.row.Hint()), m.script
}

// lacks reports whether flags for the port are needed, and reach the program nowhere.
func (m Match) lacks() bool {
	return m.row != nil && m.at < 0 && m.splice.end == 0 && !m.vague && m.row.Form != Nowhere && !m.row.Follows
}

// Variable is NAME=port for a program that no flag reaches and that reads its port from
// that variable; "" for any other.
func (m Match) Variable(port int) string {
	if !m.lacks() || m.row.PortBy == "" {
		return ""
	}
	return m.row.PortBy + "=" + strconv.Itoa(port)
}

// Overriding is m with another port than the one that the command fixes, for a
// command whose port is Replaceable: Args then adds the port behind it.
func (m Match) Overriding() Match {
	m.override = true
	return m
}

// Append returns the command with further words for the program that it starts in
// the end, such as npm start -- --port 80. It returns nil where words do not reach
// that program, as behind make, a shell's -c or several commands at once.
func Append(argv []string, dir string, further ...string) []string {
	t, ok := resolve(argv, dir, 0)
	if !ok || t.hider != nil && t.row == nil {
		return nil
	}
	return t.with(argv, further)
}

// Pass returns the command with the words that give its program the port, with
// devrun's placeholders: those of a known framework, or else a guess. It returns nil
// where they would not reach the program, or it takes none.
func Pass(argv []string, dir string) []string {
	t, ok := resolve(argv, dir, 0)
	if !ok || slices.ContainsFunc(t.args, func(word string) bool { return strings.Contains(word, "{port}") }) {
		return nil
	}
	hint := guess
	if t.row != nil && !t.row.Passes {
		hint = t.row.Hint()
	}
	if hint == "" {
		return nil
	}
	return Append(argv, dir, strings.Fields(hint)...)
}

// guess is how most programs that take a port at all take it.
const guess = "--port {port}"

// Unhide returns the command with PORT let through, where turbo hides it from a
// program that may read it; else nil.
func Unhide(argv []string, dir string) []string {
	t, ok := resolve(argv, dir, 0)
	if !ok || t.hider == nil || t.row != nil && t.row.Form != Nowhere {
		return nil
	}
	if _, given := find(t.hider.args, "--env-mode"); given {
		return nil
	}
	return t.hider.with(argv, []string{"--env-mode=loose"})
}

// with is argv with further words for the target; nil if none reach it.
func (t target) with(argv, further []string) []string {
	if t.at < 0 {
		return nil
	}
	return slices.Concat(argv[:t.at], t.lead, further, argv[t.at:])
}

// missing are the words that the command does not have yet.
func (t target) missing(host string, port int, override bool) []string {
	f := t.row
	if _, ok := find(t.args, f.Instead); ok {
		return nil
	}
	if n := len(t.args); n > 0 && slices.Contains(strings.Fields(f.Takes), t.args[n-1]) {
		return nil // The last flag lacks its value; an added word would become it.
	}
	number := strconv.Itoa(port)
	host = t.familiar(host)
	joined := net.JoinHostPort(host, number)
	if host == "" {
		joined = net.JoinHostPort("127.0.0.1", number)
	}
	var words []string
	switch f.Form {
	case Nowhere:
		return nil
	case Joined:
		if len(t.places()) == 0 {
			words = append(words, joined)
		}
		return words
	case Address:
		if _, ok := find(t.args, f.Port); !ok || override {
			words = append(words, first(f.Port), f.Before+joined)
		}
		return words
	case Flags:
		if _, ok := find(t.args, f.Port); !ok || override {
			words = append(words, first(f.Port), number)
			if _, ok := find(t.args, f.Strict); !ok && f.Strict != "" {
				words = append(words, first(f.Strict))
			}
		}
	}
	words = append(words, t.missingHost(host)...)
	if f.Form == Word && len(t.places()) == 0 {
		words = append(words, number)
	}
	return words
}

// familiar is the host in the family that the command's own words ask for.
func (t target) familiar(host string) string {
	if _, six := find(t.args, t.row.Six); !six || strings.Contains(host, ":") {
		return host
	}
	if host == "0.0.0.0" {
		return "::"
	}
	return "::1"
}

// HostWords returns the words that make a framework to which nothing is added listen
// on the host that it is given, with devrun's placeholder. It returns nil where
// the command has a host, or no words are known.
func (m Match) HostWords() []string {
	if m.row == nil || m.row.Form != Nowhere {
		return nil
	}
	return m.missingHost("{host}")
}

// missingHost is the host flag, unless the command has one. A framework whose hosts
// are keywords (Host with "=") gets it for loopback addresses only.
func (t target) missingHost(host string) []string {
	flag, fixed, isWord := strings.Cut(first(t.row.Host), "=")
	if flag == "" || host == "" {
		return nil
	}
	if _, ok := find(t.args, strings.Replace(t.row.Host, "="+fixed, "", 1)); ok {
		return nil
	}
	if !isWord {
		return []string{flag, host}
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return []string{flag, fixed}
	}
	return nil
}

// find looks for any of the flags in args, in any spelling: --port 1, --port=1,
// -p 1, -p1, --no-port. The value may be empty.
func find(args []string, flags string) (value string, ok bool) {
	value, _, ok = findAt(args, flags)
	return value, ok
}

// findAt is find with the index of the flag in args.
func findAt(args []string, flags string) (value string, at int, ok bool) {
	for flag := range strings.FieldsSeq(flags) {
		for i, arg := range args {
			switch {
			case arg == flag:
				if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
					return args[i+1], i, true
				}
				return "", i, true
			case strings.HasPrefix(arg, flag+"="):
				return arg[len(flag)+1:], i, true
			case len(flag) == 2 && len(arg) > 2 && strings.HasPrefix(arg, flag) && arg[1] != '-':
				return arg[2:], i, true
			case strings.HasPrefix(flag, "--") && arg == "--no-"+flag[2:]:
				return "", i, true
			}
		}
	}
	return "", 0, false
}

// plain are the words of args that are neither flags nor the values of takes,
// up to a "--".
func plain(args []string, takes string) []string {
	var words []string
	valued := strings.Fields(takes)
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return words
		case !strings.HasPrefix(arg, "-"):
			words = append(words, arg)
		case slices.Contains(valued, arg):
			i++
		}
	}
	return words
}

// first is the first word of a list, empty for an empty list.
func first(list string) string {
	word, _, _ := strings.Cut(list, " ")
	return word
}
