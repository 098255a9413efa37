package config

import (
	"fmt"
	"path/filepath"
	"slices"
)

// namePattern matches the names that CleanName does not change.
const namePattern = `^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$`

const nameRule = "must be lower case letters, digits, '.', '-' and '_', at most 63, with a letter or digit at both ends"

// name is the name of a project or service.
func name() shape[string] {
	return checked(line(), object{{"pattern", namePattern}}, func(s string) (string, bool) {
		return nameRule, s == CleanName(s)
	})
}

// fileKeys are the keys of the file itself.
func fileKeys(commands []string) []key[File] {
	return []key[File]{
		one("name", "The project's name, by default that of its folder. Ports are derived from it, so everyone on a team gets the same ones.", nil,
			withVariables(name()), func(f *File) *string { return &f.Name }),
		{"services", "The services by name. They start in parallel, each after the services it depends on.", nil,
			servicesSchema(commands), readServices},
		one("smoke", "The checks that devrun smoke runs once all services are ready.", nil,
			mappingOf(Smoke{Timeout: smokeTimeout}, smokeKeys()), func(f *File) *Smoke { return &f.Smoke }),
	}
}

// servicesSchema is the schema of services by name.
func servicesSchema(commands []string) object {
	names := object{{"pattern", namePattern}}
	if len(commands) > 0 {
		names = append(names, member{"not", object{{"enum", commands}}})
	}
	workerReady := object{{"not", object{{"anyOf", []object{{{"const", "tcp"}}, {
		{"type", "object"}, {"not", object{{"anyOf", []object{
			{{"required", []string{"log"}}}, {{"required", []string{"exec"}}}, {{"required", []string{"all"}}},
		}}}},
	}}}}}}
	service := keysSchema(serviceKeys(),
		member{"oneOf", []object{{{"required", []string{"command"}}}, {{"required", []string{"shell"}}}}},
		member{"if", object{{"required", []string{"port"}}, {"properties", object{{"port", object{{"const", "none"}}}}}}},
		member{"then", object{{"properties", object{{"ready", workerReady}}}}})
	return object{{"type", "object"}, {"minProperties", 1}, {"propertyNames", names}, {"additionalProperties", service}}
}

// readServices reads every service, even after an invalid one.
func readServices(r *reader, p place, to *File) {
	if p.kind != mapping || len(p.pairs) == 0 {
		r.wrong(p, "must define services, as in {web: {command: ./web}}")
		return
	}
	keys := serviceKeys()
	for _, child := range p.pairs {
		r.checkName(p, child)
		at := p.in(child)
		at.secret = false // a service may be called auth
		to.Services = append(to.Services, r.service(at, child, keys))
	}
}

// checkName checks the name of a service.
func (r *reader) checkName(p place, child pair) {
	switch {
	case child.key != CleanName(child.key):
		r.wrongKey(p, child, CleanName(child.key), "a name %s", nameRule)
	case slices.Contains(r.commands, child.key):
		r.wrongKey(p, child, "", "is a subcommand of devrun; choose another name")
	}
}

// service reads one service.
func (r *reader) service(p place, child pair, keys []key[Service]) Service {
	s := Defaults()
	s.Name, s.Named = child.key, true
	s.Origin = fmt.Sprintf("%s:%d", r.file, child.line)
	s.Dir = r.dir
	s.Watch.Paths = []string{"."}
	r.owner = child.key
	defer func() { r.owner = "" }()
	r.ports[s.Name] = true
	if p.kind != mapping {
		r.wrong(p, "must be a mapping such as {command: ./web}, not %s", p.what())
		return s
	}
	readKeys(r, p, keys, &s)
	if s.Dir != r.dir && !filepath.IsAbs(s.Dir) {
		s.Dir = filepath.Join(r.dir, filepath.FromSlash(s.Dir))
	}
	_, command := p.get("command")
	shell, script := p.get("shell")
	switch {
	case command && script:
		r.wrongKey(p, shell, "", "command and shell exclude each other")
	case !command && !script && !slices.ContainsFunc(p.pairs, func(c pair) bool { return meansCommand(c.key) }):
		r.mistakes = append(r.mistakes, Mistake{Line: child.line, Column: child.column, Key: p.path, Rule: "has neither command nor shell"})
	}
	if ready, ok := p.get("ready"); s.Port.None && !ok {
		s.Ready.Checks = []Check{{Kind: CheckNone}}
	} else if ok && s.Port.None {
		r.checkWorkerReady(p.in(ready), s.Ready)
	}
	r.ports[s.Name] = !s.Port.None
	return s
}

// meansCommand reports whether an unknown key is a misspelt command or shell.
func meansCommand(word string) bool {
	known := slices.ContainsFunc(serviceKeys(), func(k key[Service]) bool { return k.name == word })
	return !known && nearest(word, []string{"command", "shell"}) != ""
}

// checkWorkerReady finds checks of a worker that need a port.
func (r *reader) checkWorkerReady(p place, ready Ready) {
	for _, check := range ready.Checks {
		if check.Kind == CheckTCP || check.Kind == CheckHTTP || check.Kind == CheckHTTPS {
			r.wrong(p, "%s needs a port, but port is none; a worker can use log, exec or none", check.Kind)
			return
		}
	}
}

// serviceKeys are the keys of one service, in the order of the documentation.
// It is a function because a table would cost time at each start of devrun, even
// without a file.
func serviceKeys() []key[Service] {
	return []key[Service]{
		one("command", "The command to run. It is split into words like a shell does, but no shell is run; a list is used as it is. $NAME, ${NAME} and ${NAME:-default} stand for variables of the caller's environment, $$ for a $. {port}, {host}, {url}, and {db.port}, {db.url} of another service are filled in.", nil,
			argv(scriptPlace), func(s *Service) *[]string { return &s.Command }),
		one("shell", "A script for sh, instead of command. Placeholders such as {port} are filled in; $NAME is left to the shell.", nil,
			script(), func(s *Service) *[]string { return &s.Command }),
		one("dir", "The working folder, relative to this file.", ".",
			withVariables(line()), func(s *Service) *string { return &s.Dir }),
		one("port", "auto picks a free port that stays the same from run to run; a number pins that port; {range: 61000-61999} limits auto to a range; none is for a worker without a port.", "auto",
			port(), func(s *Service) *Port { return &s.Port }),
		one("env", "Environment variables. They override the caller's environment and env_file; devrun itself sets PORT, HOST and DEVRUN_…. Placeholders such as {port} and $NAME are filled in.", object{},
			env(), func(s *Service) *[]string { return &s.Env }),
		one("env_file", "Env files, relative to dir, with lines NAME=value. They override the caller's environment, a later file overrides an earlier one, and env overrides them all.", []string{},
			several(withVariables(line())), func(s *Service) *[]string { return &s.EnvFiles }),
		one("build", "A command to run in dir before the first start and after changes. The old process keeps serving until it succeeds.", nil,
			argv(scriptInList), func(s *Service) *[]string { return &s.Build }),
		one("watch", "Which file changes restart the service; false turns watching off.", object{{"paths", []string{"."}}},
			watch(), func(s *Service) *Watch { return &s.Watch }),
		one("ready", "When the service counts as ready, so that services that depend on it can start. By default it is ready when it accepts a connection, and a worker when it runs.", object{{"tcp", true}},
			ready(), func(s *Service) *Ready { return &s.Ready }),
		one("stop", "How the service is stopped.", nil,
			mappingOf(Defaults().Stop, stopKeys()), func(s *Service) *Stop { return &s.Stop }),
		one("restart", "What happens when the service ends by itself.", nil,
			restart(), func(s *Service) *Restart { return &s.Restart }),
		one("depends_on", "Services that must be ready before this one starts.", []string{},
			dependsOn(), func(s *Service) *[]string { return &s.DependsOn }),
		one("restart_dependents", "A restart of this service also restarts the services that depend on it.", false,
			toggle(), func(s *Service) *bool { return &s.RestartDependents }),
		one("adopt", "If the service listens on a port other than its own, devrun listens on its port and forwards connections.", false,
			toggle(), func(s *Service) *bool { return &s.Adopt }),
		one("expose", "The service may listen beyond the loopback interface, where others on the network can reach it.", false,
			toggle(), func(s *Service) *bool { return &s.Expose }),
	}
}
