package machine

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseIptables reads what iptables-save, or with ip6 ip6tables-save, prints.
// What it does not understand may match.
func parseIptables(text string, ip6 bool) []*table {
	tool, family := toolIP4, "ip"
	if ip6 {
		tool, family = toolIP6, "ip6"
	}
	var tables []*table
	var current *table
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			current = &table{tool: tool, family: family, name: line[1:], ip4: !ip6, ip6: ip6}
			tables = append(tables, current)
		case current == nil:
		case strings.HasPrefix(line, ":"):
			name, rest, _ := strings.Cut(line[1:], " ")
			policy, _, _ := strings.Cut(rest, " ")
			c := &chain{name: name, drops: policy == "DROP"}
			if policy != "-" {
				c.hook = hookOf(name)
			}
			current.chains = append(current.chains, c)
		case strings.HasPrefix(line, "-A "):
			tokens := splitQuoted(line)
			if len(tokens) < 2 {
				continue
			}
			if c := current.chain(tokens[1]); c != nil {
				c.rules = append(c.rules, parseRule(tokens[2:], line))
			}
		}
	}
	return tables
}

// hookOf is where a built-in chain stands.
func hookOf(name string) string {
	switch name {
	case "INPUT", "OUTPUT", "PREROUTING", "POSTROUTING":
		return strings.ToLower(name)
	}
	return ""
}

// parseRule reads the options of one rule.
func parseRule(tokens []string, line string) rule {
	r := rule{text: line}
	for i := 0; i < len(tokens); {
		isNot := tokens[i] == "!"
		if isNot {
			i++
		}
		if i >= len(tokens) {
			break
		}
		option := tokens[i]
		i++
		var args []string
		for i < len(tokens) && tokens[i] != "!" && (!strings.HasPrefix(tokens[i], "-") || len(tokens[i]) == 1) {
			args = append(args, tokens[i])
			i++
		}
		arg := ""
		if len(args) > 0 {
			arg = args[0]
		}
		if option == "-j" || option == "-g" {
			r.send(option, arg)
			return r // what follows belongs to the target
		}
		if option != "-m" && option != "--comment" {
			r.when = append(r.when, negate(isNot, optionCondition(option, arg)))
		}
	}
	return r
}

// send takes a target: a verdict, a chain, or what only marks or logs.
func (r *rule) send(option, target string) {
	switch target {
	case "ACCEPT", "QUEUE", "NFQUEUE":
		r.do = accept
	case "DROP", "REJECT":
		r.do = drop
	case "RETURN":
		r.do = leave
	default:
		r.do, r.target = jump, target
		if option == "-g" {
			r.do = jumpForGood
		}
	}
}

func optionCondition(option, arg string) condition {
	switch option {
	case "-i", "-o":
		return onInterface(option == "-o", []string{arg}, "+")
	case "-s", "-d":
		prefix, err := parsePrefix(arg)
		if err != nil {
			return possible
		}
		return withAddr([]netip.Prefix{prefix})
	case "-p":
		return ofProtocol([]string{arg})
	case "--sport", "--dport", "--sports", "--dports":
		ports, ok := parsePorts(arg)
		if !ok {
			return possible
		}
		return withPort(strings.HasPrefix(option, "--s"), ports)
	case "--ctstate", "--state":
		return inState(strings.Split(arg, ","))
	case "--src-type", "--dst-type":
		return func(packet) certainty { return sure(has(strings.Split(arg, ","), "LOCAL")) }
	}
	return possible
}

// parsePorts reads "80,8000:8010".
func parsePorts(text string) ([]span, bool) {
	var list []span
	for item := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(item, ":")
		s := anyPort
		var err, errLast error
		if first != "" {
			s.first, err = strconv.Atoi(first)
		}
		if !isRange {
			s.last = s.first
		} else if last != "" {
			s.last, errLast = strconv.Atoi(last)
		}
		if err != nil || errLast != nil || !isRange && first == "" {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}

// splitQuoted splits a line at blanks; a double-quoted word, in which \ takes
// the next character as it is, stays one.
func splitQuoted(line string) []string {
	var words []string
	var word strings.Builder
	started, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted, started = !quoted, true
		case c == '\\' && quoted && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		case c == ' ' && !quoted:
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}
