package machine

import (
	"encoding/json"
	"strconv"
	"strings"
)

// nftObject is one entry of what "nft -j list ruleset" prints, see
// libnftables-json(5).
type nftObject struct {
	Chain *struct {
		Family, Table, Name, Hook, Policy string
	}
	Set *nftSet
	Map *nftSet

	Rule *struct {
		Family, Table, Chain string
		Handle               int
		Expr                 []map[string]any
	}
}

type nftSet struct {
	Family, Table, Name string
	Elem                []any
}

// nftReader collects tables while it reads.
type nftReader struct {
	tables []*table
	sets   map[string][]any          // by family, table and name
	texts  map[string]map[int]string // of rules, by table and handle
}

// parseNftables reads the JSON of "nft -j list ruleset"; text is what
// "nft -a list ruleset" prints, for the rules as people know them.
func parseNftables(data []byte, text string) ([]*table, error) {
	var all struct{ Nftables []nftObject }
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	r := nftReader{sets: map[string][]any{}, texts: parseHandles(text)}
	for _, o := range all.Nftables { // Rules may stand before the sets that they name.
		for _, set := range []*nftSet{o.Set, o.Map} {
			if set != nil {
				r.sets[setKey(set.Family, set.Table, set.Name)] = set.Elem
			}
		}
		if c := o.Chain; c != nil {
			if t := r.table(c.Family, c.Table); t != nil {
				t.chains = append(t.chains, &chain{name: c.Name, hook: c.Hook, drops: c.Policy == "drop"})
			}
		}
	}
	for _, o := range all.Nftables {
		if o.Rule == nil {
			continue
		}
		t := r.table(o.Rule.Family, o.Rule.Table)
		if t == nil {
			continue
		}
		if c := t.chain(o.Rule.Chain); c != nil {
			c.rules = append(c.rules, r.rules(t, o.Rule.Expr, r.text(t, o.Rule.Handle))...)
		}
	}
	return r.tables, nil
}

func setKey(family, table, name string) string { return family + " " + table + " @" + name }

// table returns a table, nil for a family that sees no TCP of this machine.
func (r *nftReader) table(family, name string) *table {
	if family != "inet" && family != "ip" && family != "ip6" {
		return nil
	}
	for _, t := range r.tables {
		if t.family == family && t.name == name {
			return t
		}
	}
	t := &table{tool: toolNft, family: family, name: name, ip4: family != "ip6", ip6: family != "ip"}
	r.tables = append(r.tables, t)
	return t
}

func (r *nftReader) text(t *table, handle int) string {
	if text, ok := r.texts[t.family+" "+t.name][handle]; ok {
		return text
	}
	return "the rule with handle " + strconv.Itoa(handle)
}

// rules makes one rule of a list of statements, or several where a verdict map
// stands for several.
func (r *nftReader) rules(t *table, statements []map[string]any, text string) []rule {
	one := rule{text: text}
	for _, statement := range statements {
		for name, value := range statement {
			switch name {
			case "match":
				one.when = append(one.when, r.match(t, value))
			case "limit", "quota", "ct count", "connlimit":
				one.when = append(one.when, possible)
			case "vmap":
				return r.verdicts(t, one, value)
			case "xt":
				t.opaque = true
				one.extension(value)
			default:
				one.verdict(name, value)
			}
		}
	}
	return []rule{one}
}

// verdict takes the statements that decide.
func (r *rule) verdict(name string, value any) {
	switch name {
	case "accept", "queue":
		r.do = accept
	case "drop", "reject":
		r.do = drop
	case "return":
		r.do = leave
	case "jump", "goto":
		r.do = jump
		if name == "goto" {
			r.do = jumpForGood
		}
		r.target, _ = field(value, "target").(string)
	}
}

// extension takes what only iptables knows: a match of its own, or a target.
func (r *rule) extension(value any) {
	name, _ := field(value, "name").(string)
	switch kind, _ := field(value, "type").(string); {
	case kind == "target" && (name == "REJECT" || name == "DROP"):
		r.do = drop
	case kind == "match" && name != "comment":
		r.when = append(r.when, possible)
	}
}

// verdicts expands "KEY vmap { VALUE : VERDICT }" behind the conditions of
// base.
func (r *nftReader) verdicts(t *table, base rule, value any) []rule {
	key := field(value, "key")
	var rules []rule
	for _, pair := range r.elements(t, field(value, "data")) {
		entry, ok := pair.([]any)
		if !ok || len(entry) != 2 {
			continue
		}
		verdict, _ := entry[1].(map[string]any)
		for name, value := range verdict {
			one := base
			one.when = append(base.when[:len(base.when):len(base.when)], r.compare(t, key, "==", entry[0]))
			one.verdict(name, value)
			rules = append(rules, one)
		}
	}
	return rules
}

func (r *nftReader) match(t *table, value any) condition {
	op, _ := field(value, "op").(string)
	return r.compare(t, field(value, "left"), op, field(value, "right"))
}

// compare makes a condition of what it understands; all else may match.
func (r *nftReader) compare(t *table, left any, op string, right any) condition {
	if op != "==" && op != "!=" && op != "in" {
		return possible
	}
	values := r.elements(t, right)
	if values == nil {
		return possible
	}
	c := possibleOr(left, values)
	return negate(op == "!=", c)
}

// possibleOr understands the left sides that say something of TCP on loopback.
func possibleOr(left any, values []any) condition {
	if meta := field(left, "meta"); meta != nil {
		key, _ := field(meta, "key").(string)
		return metaCondition(key, values)
	}
	if payload := field(left, "payload"); payload != nil {
		protocol, _ := field(payload, "protocol").(string)
		name, _ := field(payload, "field").(string)
		return payloadCondition(protocol, name, values)
	}
	if key, _ := field(field(left, "ct"), "key").(string); key == "state" {
		return inState(words(values))
	}
	if result, _ := field(field(left, "fib"), "result").(string); result == "type" {
		// Both ends are addresses of this machine.
		return func(packet) certainty { return sure(has(words(values), "local")) }
	}
	return possible
}

func metaCondition(key string, values []any) condition {
	switch key {
	case "iif", "iifname", "oif", "oifname":
		return onInterface(key[0] == 'o', words(values), "*")
	case "l4proto":
		return ofProtocol(words(values))
	case "nfproto", "protocol":
		names := words(values)
		return func(p packet) certainty {
			if p.addr.Is6() {
				return sure(has(names, "ipv6") || has(names, "ip6"))
			}
			return sure(has(names, "ipv4") || has(names, "ip"))
		}
	}
	return possible
}

func payloadCondition(protocol, name string, values []any) condition {
	switch protocol {
	case "ip", "ip6":
		c := condition(possible)
		switch name {
		case "saddr", "daddr":
			prefixes, ok := prefixesOf(values)
			if !ok {
				return possible
			}
			c = withAddr(prefixes)
		case "protocol", "nexthdr":
			c = ofProtocol(words(values))
		}
		return func(p packet) certainty { return min(ofFamily(protocol == "ip6")(p), c(p)) }
	case "tcp", "th":
		if name == "sport" || name == "dport" {
			if ports, ok := spansOf(values); ok {
				return withPort(name == "sport", ports)
			}
		}
		return possible
	case "udp", "udplite", "icmp", "icmpv6", "sctp", "dccp", "esp", "ah":
		return func(packet) certainty { return never }
	}
	return possible
}

// parseHandles reads the rules of "nft -a list ruleset": each line ends with
// the number by which the JSON names it too. The key is family and table.
func parseHandles(text string) map[string]map[int]string {
	all := map[string]map[int]string{}
	current := map[int]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		body, number, ok := cutLast(line, "# handle ")
		handle, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		body = strings.TrimSpace(body)
		if head, ok := strings.CutSuffix(body, "{"); ok {
			if f := strings.Fields(head); len(f) == 3 && f[0] == "table" {
				current = map[int]string{}
				all[f[1]+" "+f[2]] = current
			}
			continue
		}
		current[handle] = withoutCounts(body)
	}
	return all
}

// withoutCounts takes the numbers out of "counter packets 3 bytes 180": the
// rule is the same whatever it has met.
func withoutCounts(text string) string {
	f := strings.Fields(text)
	for i := 0; i+4 < len(f); i++ {
		if f[i] == "counter" && f[i+1] == "packets" && f[i+3] == "bytes" {
			_, rest, _ := strings.Cut(text, "counter packets "+f[i+2]+" bytes "+f[i+4])
			before, _, _ := strings.Cut(text, "counter packets")
			text = before + "counter" + rest
		}
	}
	return text
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
