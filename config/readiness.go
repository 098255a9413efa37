package config

import (
	"slices"
	"time"
)

// checkKeys are the keys of one check of readiness. ready itself has timeout and all
// as well.
func checkKeys() []key[Check] {
	tcp := orVariable(object{{"const", true}})
	return []key[Check]{
		{"tcp", "A connection is accepted.", nil, tcp, func(r *reader, p place, to *Check) {
			if on, ok := toggle().read(r, p); ok && !on {
				r.wrong(p, "must be true; use ready: none to wait for no connection")
			}
			to.Kind = CheckTCP
		}},
		kindOf("http", "A GET request for this path gets an accepted status.", CheckHTTP, withVariables(urlPath()), func(c *Check) *string { return &c.Path }),
		kindOf("https", "The same over TLS; the certificate is not checked.", CheckHTTPS, withVariables(urlPath()), func(c *Check) *string { return &c.Path }),
		one("status", "The statuses that http and https accept; by default any 2xx and 3xx.", nil, statuses(), func(c *Check) *[]int { return &c.Status }),
		kindOf("log", "A line of output matches this regular expression (RE2).", CheckLog, expression(), func(c *Check) *string { return &c.Pattern }),
		kindOf("exec", "This command exits with status 0. It runs in the service's folder and environment.", CheckExec, argv(scriptInList),
			func(c *Check) *[]string { return &c.Argv }),
	}
}

// kindOf is a key that also determines the kind of the check.
func kindOf[V any](name, about string, kind CheckKind, s shape[V], field func(*Check) *V) key[Check] {
	k := one(name, about, nil, s, field)
	read := k.read
	k.read = func(r *reader, p place, to *Check) {
		read(r, p, to)
		to.Kind = kind
	}
	return k
}

// statuses are HTTP statuses.
func statuses() shape[[]int] {
	return notEmpty(several(integer(100, 599, "must be an HTTP status, 100 to 599")))
}

// checkRequires is the schema for the combination of kinds in one mapping.
func checkRequires() []member {
	kinds := []string{"tcp", "http", "https", "log", "exec"}
	var pairs []object
	for i, a := range kinds {
		for _, b := range kinds[i+1:] {
			pairs = append(pairs, object{{"required", []string{a, b}}})
		}
	}
	return []member{
		{"not", object{{"anyOf", pairs}}},
		{"dependentSchemas", object{{"status", object{{"anyOf", []object{{{"required", []string{"http"}}}, {{"required", []string{"https"}}}}}}}}},
	}
}

// readyDraft is a ready mapping as it is written: one check, or several under all.
type readyDraft struct {
	check   Check
	all     []Check
	timeout time.Duration
}

// readyKeys are the keys of ready: those of a check, and its own.
func readyKeys() []key[readyDraft] {
	var keys []key[readyDraft]
	for _, k := range checkKeys() {
		keys = append(keys, key[readyDraft]{k.name, k.about, k.standard, k.schema, func(r *reader, p place, to *readyDraft) { k.read(r, p, &to.check) }})
	}
	check := keysSchema(checkKeys(), append(checkRequires(), member{"minProperties", 1})...)
	return append(keys,
		one("timeout", "How long to wait for the service to be ready before stopping it; by default there is no limit.", nil,
			duration(time.Millisecond), func(d *readyDraft) *time.Duration { return &d.timeout }),
		key[readyDraft]{"all", "Several checks, all of which must pass.", nil,
			object{{"type", "array"}, {"items", check}, {"minItems", 1}}, readAll})
}

// ready is a word or a mapping.
func ready() shape[Ready] {
	var single []object
	for _, k := range checkKeys() {
		single = append(single, object{{"required", []string{k.name}}})
	}
	keys := readyKeys()
	schema := object{{"oneOf", []object{
		{{"enum", []string{"tcp", "none"}}},
		keysSchema(keys, append(checkRequires(),
			member{"if", object{{"required", []string{"all"}}}},
			member{"then", object{{"not", object{{"anyOf", single}}}}})...),
	}}}
	return typed(shape[Ready]{schema, func(r *reader, p place) (Ready, bool) {
		if p.kind == text {
			kind, ok := word("tcp", "none").read(r, p)
			return Ready{Checks: []Check{{Kind: CheckKind(kind)}}}, ok
		}
		return readReady(r, p, keys)
	}})
}

// readReady reads a mapping: one check, or all with several.
func readReady(r *reader, p place, keys []key[readyDraft]) (Ready, bool) {
	var draft readyDraft
	if !readKeys(r, p, keys, &draft) {
		return Ready{}, false
	}
	checks := draft.all
	if all, ok := p.get("all"); ok {
		for _, child := range p.pairs {
			if child.key != "all" && child.key != "timeout" && slices.ContainsFunc(checkKeys(), func(k key[Check]) bool { return k.name == child.key }) {
				r.wrongKey(p, child, "", "belongs in the list under all")
			}
		}
		if all.value.kind != list || len(checks) == 0 {
			return Ready{}, false
		}
	} else {
		check, ok := r.checkKind(p, draft.check)
		if !ok {
			return Ready{}, false
		}
		checks = []Check{check}
	}
	return Ready{Checks: checks, Timeout: draft.timeout}, true
}

// readAll reads a list of checks.
func readAll(r *reader, p place, to *readyDraft) {
	if p.kind != list || len(p.items) == 0 {
		r.wrong(p, "must be a list of checks, as in [{http: /healthz}, {log: started}]")
		return
	}
	for i := range p.items {
		at := p.item(i)
		var check Check
		if !readKeys(r, at, checkKeys(), &check) {
			continue
		}
		if len(at.pairs) == 0 {
			r.wrong(at, "must be a check: tcp, http, https, log or exec")
			continue
		}
		if check, ok := r.checkKind(at, check); ok {
			to.all = append(to.all, check)
		}
	}
}

// checkKind makes sure that the mapping at p is one check.
func (r *reader) checkKind(p place, check Check) (Check, bool) {
	var kinds []string
	for _, child := range p.pairs {
		switch child.key {
		case "tcp", "http", "https", "log", "exec":
			kinds = append(kinds, child.key)
			if len(kinds) == 2 {
				r.wrongKey(p, child, "", "is a second check besides %[1]s; put several under all, as in all: [{%[1]s: …}, {%[2]s: …}]", kinds[0], kinds[1])
			}
		}
	}
	if status, ok := p.get("status"); ok && !slices.Contains(kinds, "http") && !slices.Contains(kinds, "https") {
		r.wrongKey(p, status, "", "needs http or https, which is missing here")
	}
	if len(kinds) == 0 {
		check.Kind = CheckTCP
	}
	return check, len(kinds) < 2
}
