package diag

import (
	"slices"

	"devrun/config"
)

// InFile replaces remedies that would run svc with another flag by an edit of the
// config file that defines it. The project runs, so that their command would meet
// it. A Procfile has no keys, and keeps the commands. Other edits of the file get the
// line of the service.
func (p *Problem) InFile(svc config.Service) {
	if svc.Origin == "" || config.IsProcfile(fileOf(svc.Origin)) {
		return
	}
	for i, r := range p.Remedies {
		if r.File == fileOf(svc.Origin) {
			p.Remedies[i].File = svc.Origin
		}
		if r.Line != "" || r.Sub != "" || len(r.Flags) != 1 || !slices.Equal(r.Args, []string{svc.Name}) {
			continue
		}
		if text := r.Flags[0].key(svc); text != "" {
			p.Remedies[i] = Remedy{Line: text, File: svc.Origin, Note: r.Note}
		}
	}
}

// key is the key of devrun.yaml that says the same as a flag; empty where there is
// none, or where a flag that the user typed may win over it.
func (f Flag) key(svc config.Service) string {
	switch {
	case f.Name == "adopt":
		return "adopt: true"
	case f.Name == "ready" && (f.Value == "none" || f.Value == "tcp"):
		return "ready: " + f.Value
	case f.Name == "port" && f.Value != "auto" && !svc.Port.Pinned():
		return "port: " + f.Value
	}
	return ""
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
