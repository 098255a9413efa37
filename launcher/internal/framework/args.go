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
	if m.row == nil || m.at < 0 || port < 1 || port > 65535 {
		return m.argv, nil
	}
	words := m.missing(host, port)
	if len(words) == 0 {
		return m.argv, nil
	}
	added = append(slices.Clone(m.lead), words...)
	return slices.Concat(m.argv[:m.at], added, m.argv[m.at:]), added
}

// missing are the words that the command does not have yet.
func (t target) missing(host string, port int) []string {
	f := t.row
	if _, ok := find(t.args, f.Instead); ok {
		return nil
	}
	if n := len(t.args); n > 0 && slices.Contains(strings.Fields(f.Takes), t.args[n-1]) {
		return nil // The last flag lacks its value; an added word would become it.
	}
	number := strconv.Itoa(port)
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
		if _, ok := find(t.args, f.Port); !ok {
			words = append(words, first(f.Port), joined)
		}
		return words
	case Flags:
		if _, ok := find(t.args, f.Port); !ok {
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
	for flag := range strings.FieldsSeq(flags) {
		for i, arg := range args {
			switch {
			case arg == flag:
				if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
					return args[i+1], true
				}
				return "", true
			case strings.HasPrefix(arg, flag+"="):
				return arg[len(flag)+1:], true
			case len(flag) == 2 && len(arg) > 2 && strings.HasPrefix(arg, flag) && arg[1] != '-':
				return arg[2:], true
			case strings.HasPrefix(flag, "--") && arg == "--no-"+flag[2:]:
				return "", true
			}
		}
	}
	return "", false
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
