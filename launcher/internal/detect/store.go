package detect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// store is a server of data that programs use through a library.
type store struct {
	name     string
	image    func() *regexp.Regexp // of containers, without registry and tag
	client   func() *regexp.Regexp // in a file that lists dependencies
	command  []string
	first    string // what has to be run once before; may be empty
	variable string // that programs read for its address, as a rule
	scheme   string // of that address
}

var stores = []store{
	{
		"redis", pattern(`^(redis|valkey|keydb|redis-stack-server)$`),
		pattern(`"(?:redis|ioredis|bull|bullmq)"\s*:|(?m:^\s*["']?(?:redis|celery\[redis\]|rq)\b)|github\.com/(?:redis/go-redis|go-redis/redis|gomodule/redigo)\b|gem\s*\(?\s*["'](?:redis|sidekiq)["']`),
		[]string{"redis-server", "--port", "{port}", "--bind", "{host}"}, "", "REDIS_URL", "redis",
	},
	{
		"postgres", pattern(`^(postgres|postgis|pgvector|timescaledb)$`),
		pattern(`"(?:pg|postgres|pg-promise)"\s*:|(?m:^\s*["']?(?:psycopg|asyncpg))|github\.com/(?:jackc/pgx|lib/pq)\b|gem\s*\(?\s*["']pg["']`),
		[]string{"postgres", "-D", ".postgres", "-p", "{port}", "-k", ""}, "initdb -D .postgres", "DATABASE_URL", "postgres",
	},
}

// dependencies are files that list what a program uses.
var dependencies = strings.Fields("package.json pyproject.toml requirements.txt Pipfile go.mod Gemfile")

// stores proposes, as comments, the servers of data whose clients are used and that
// nothing else starts. It comes last: what they are called must not change other names.
func (s *scan) stores() {
	for _, st := range stores {
		if why := s.uses(st); why != "" && !s.hasStore(st) {
			name := s.names.take(st.name)
			doubt := fmt.Sprintf("it may run elsewhere; here others reach it by env: {%s: \"%s://{%s.host}:{%s.port}\"}", st.variable, st.scheme, name, name)
			if st.first != "" {
				doubt += ", after " + st.first
			}
			if len(s.found.Proposals) < maxProposals {
				s.found.Proposals = append(s.found.Proposals, Proposal{Name: name, Command: st.command, Dir: ".", Why: why + " names a client of " + st.name, Doubt: doubt})
			}
		}
	}
}

// uses returns the first file that names a client of the store.
func (s *scan) uses(st store) string {
	for _, f := range s.folders {
		for _, name := range dependencies {
			if f.contains(name, st.client()) {
				return oneLine(f.file(name))
			}
		}
	}
	return ""
}

// hasStore reports whether a service or a container is the store.
func (s *scan) hasStore(st store) bool {
	return slices.ContainsFunc(s.found.Proposals, func(p Proposal) bool {
		return p.Name == st.name || len(p.Command) > 0 && path.Base(p.Command[0]) == st.command[0]
	}) || slices.ContainsFunc(s.found.Outside, func(o Outside) bool { return st.is(o.Image) })
}

// is reports whether the image of a container is one of the store.
func (st store) is(image string) bool {
	name, _, _ := strings.Cut(path.Base(image), ":")
	return st.image().MatchString(name)
}

// Env is what others need to reach it: `REDIS_URL: "redis://127.0.0.1:6379"`; empty if
// it is no known server of data.
func (o Outside) Env() string {
	i := slices.IndexFunc(stores, func(st store) bool { return st.is(o.Image) })
	if i < 0 || len(o.Addresses) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: \"%s://%s\"", stores[i].variable, stores[i].scheme, o.Addresses[0])
}
