package diag

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/text"
)

// InFile replaces remedies that would run svc with other flags by an edit of the
// config file that defines it. The project runs, so that their command would meet
// it. A Procfile has no keys, and keeps the commands. Other edits of the file get the
// line of the service.
func (p *Problem) InFile(svc config.Service) {
	if svc.Origin == "" || config.IsProcfile(fileOf(svc.Origin)) {
		return
	}
	p.joinIgnored(svc)
	for i, r := range p.Remedies {
		if r.File == fileOf(svc.Origin) {
			p.Remedies[i].File = svc.Origin
		}
		if keys := r.keys(svc); len(keys) > 0 {
			note := strings.Join(append(keys[1:], r.Note), "; ")
			p.Remedies[i] = Remedy{Line: keys[0], File: svc.Origin, Note: note, instead: &r}
		}
	}
}

// joinIgnored makes one remedy of those that each have svc ignore a file, since it has
// that key once.
func (p *Problem) joinIgnored(svc config.Service) {
	ignores := func(r Remedy) bool { return r.runs(svc) && r.Flags[0].Name == "ignore" }
	first := slices.IndexFunc(p.Remedies, ignores)
	if first < 0 {
		return
	}
	joined := p.Remedies[first]
	joined.Flags = nil
	for _, r := range p.Remedies {
		if ignores(r) {
			joined.Flags = append(joined.Flags, r.Flags...)
		}
	}
	p.Remedies = slices.Insert(slices.DeleteFunc(p.Remedies, ignores), first, joined)
}

// runs reports whether r runs svc with flags.
func (r Remedy) runs(svc config.Service) bool {
	return r.Line == "" && r.Sub == "" && len(r.Flags) > 0 && slices.Equal(r.Args, []string{svc.Name})
}

// keys are the keys of devrun.yaml that say the same as the flags of r, the last one
// first; none where a flag has no key.
func (r Remedy) keys(svc config.Service) []string {
	if !r.runs(svc) {
		return nil
	}
	if r.Flags[0].Name == "ignore" {
		return []string{"watch: " + watchValue(svc.Watch, r.Flags)}
	}
	var keys []string
	for _, f := range slices.Backward(r.Flags) {
		key := f.key(svc)
		if key == "" {
			return nil
		}
		keys = append(keys, key)
	}
	return keys
}

// key is the key of devrun.yaml that says the same as a flag; empty for none.
func (f Flag) key(svc config.Service) string {
	switch f.Name {
	case "adopt":
		return "adopt: true"
	case "host":
		return "host: " + member(f.Value)
	case "port":
		return "port: " + f.Value
	case "port-range":
		return "port: {range: " + f.Value + "}"
	case "no-watch":
		return "watch: false"
	case "ready":
		if f.Value == "none" || f.Value == "tcp" {
			return "ready: " + f.Value
		}
	case "ready-timeout":
		limit, err := time.ParseDuration(f.Value)
		if value := readyValue(svc.Ready.Checks, limit); err == nil && value != "" {
			return "ready: " + value
		}
	}
	return ""
}

// readyValue writes checks with a time limit as the value of ready; empty for one that
// would show a secret.
func readyValue(checks []config.Check, limit time.Duration) string {
	texts := make([]string, len(checks))
	for i, c := range checks {
		if texts[i] = checkValue(c); texts[i] == "" {
			return ""
		}
	}
	value := strings.Join(texts, "}, {")
	if len(texts) > 1 {
		value = "all: [{" + value + "}]"
	}
	return "{" + value + ", timeout: " + text.Span(limit) + "}"
}

// checkValue writes a check without braces; empty for none, and for one that would show
// a secret.
func checkValue(c config.Check) string {
	kind := string(c.Kind) + ": "
	switch c.Kind {
	case config.CheckTCP:
		return kind + "true"
	case config.CheckHTTP, config.CheckHTTPS:
		if len(c.Status) == 0 {
			return kind + member(c.Path)
		}
		statuses := make([]string, len(c.Status))
		for i, s := range c.Status {
			statuses[i] = strconv.Itoa(s)
		}
		return kind + member(c.Path) + ", status: [" + strings.Join(statuses, ", ") + "]"
	case config.CheckLog:
		return kind + member(c.Pattern)
	case config.CheckExec:
		if _, whole := shown(c.Argv); whole {
			return kind + members(c.Argv)
		}
	}
	return ""
}

// watchValue writes what is watched, with more files to ignore, as the value of watch.
func watchValue(w config.Watch, ignored []Flag) string {
	var texts []string
	if len(w.Paths) > 0 && !slices.Equal(w.Paths, []string{"."}) {
		texts = append(texts, "paths: "+members(w.Paths))
	}
	if len(w.Include) > 0 {
		texts = append(texts, "include: "+members(w.Include))
	}
	globs := slices.Clone(w.Ignore)
	for _, f := range ignored {
		globs = append(globs, f.Value)
	}
	texts = append(texts, "ignore: "+members(globs))
	if w.Settle > 0 {
		texts = append(texts, "settle: "+w.Settle.String())
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// members writes a YAML list on one line.
func members(list []string) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = member(s)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// member writes text as a YAML value inside a list or mapping on one line.
func member(text string) string {
	if strings.ContainsAny(text, ",[]{}:") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return scalar(text)
}

// yields reports whether an edit has no effect, since the user typed a flag that wins
// over it.
func (r Remedy) yields(typed []Flag) bool {
	alike := map[string]string{"port-range": "port", "no-watch": "watch", "ignore": "watch"}
	name := func(f Flag) string {
		if other := alike[f.Name]; other != "" {
			return other
		}
		return f.Name
	}
	return r.instead != nil && slices.ContainsFunc(typed, func(t Flag) bool {
		return slices.ContainsFunc(r.instead.Flags, func(f Flag) bool { return name(f) == name(t) })
	})
}

// fileOf is the file of an origin such as devrun.yaml:7.
func fileOf(origin string) string {
	for i := len(origin) - 1; i >= 0; i-- {
		if origin[i] == ':' {
			return origin[:i]
		}
	}
	return origin
}
