package cmdline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"devrun/launcher/internal/detect"
)

const initHead = `# The services of this folder, as devrun init found them. devrun runs all of
# them, devrun NAME one and what it needs; devrun check says what is wrong here.
# An editor completes the keys when devrun schema > devrun.schema.json has been
# run, and this line is put first:
#   # yaml-language-server: $schema=devrun.schema.json

# name: shop   # of the project; ports are chosen by it, so that a team gets the same

services:
`

const initExample = `  # Nothing was found here that looks like a service: this one is an example.
  web:
    command: ./myserver --listen {host}:{port}
`

// initMore stands behind the services. Each line is what a service may have.
const initMore = `
  # What a service can have besides:
  #   port: 3000                      # pinned; without it a free one, the same each time
  #   depends_on: [db]                # is started when db is ready
  #   env: {API_URL: "{api.url}"}     # where another service is
  #   env_file: [.env]
  #   ready: {http: /healthz}         # rather than when it accepts a connection
  #   watch: {include: ["**/*.py"]}   # what restarts it; false for nothing
  #   stop: {timeout: 30s}            # rather than 5s

# What devrun smoke asks once all are ready:
# smoke:
#   checks:
#     - get: /
#       expect: {status: 200}
`

// initFile is the text of a devrun.yaml with what was found.
func initFile(found detect.Found) string {
	var b strings.Builder
	b.WriteString(initHead)
	if !slices.ContainsFunc(found.Proposals, func(p detect.Proposal) bool { return p.Doubt == "" }) {
		b.WriteString(initExample)
	}
	explained := false
	for i, p := range found.Proposals {
		if i > 0 {
			b.WriteByte('\n')
		}
		lines := serviceLines(p, !explained)
		explained = explained || p.Build != nil && p.Doubt == ""
		if p.Doubt != "" {
			fmt.Fprintf(&b, "  # Found as well: %s, but %s.\n", p.Why, p.Doubt)
		} else {
			fmt.Fprintf(&b, "  # Found: %s\n", p.Why)
		}
		for _, line := range lines {
			if p.Doubt != "" {
				line = "# " + line
			}
			b.WriteString("  " + line + "\n")
		}
	}
	b.WriteString(initMore)
	if len(found.Outside) > 0 {
		fmt.Fprintf(&b, "\n# What Docker Compose publishes, which is started without devrun (%s):\n", found.Outside[0].Why)
	}
	for _, o := range found.Outside {
		image := o.Image
		if image != "" {
			image = "  (" + image + ")"
		}
		fmt.Fprintf(&b, "#   %-12s %s%s\n", o.Name, strings.Join(o.Addresses, ", "), image)
	}
	return b.String()
}

// serviceLines are the lines of one service, without those that explain how it
// is built where explain is false.
func serviceLines(p detect.Proposal, explain bool) []string {
	lines := []string{p.Name + ":"}
	add := func(format string, args ...any) { lines = append(lines, "  "+fmt.Sprintf(format, args...)) }
	if p.Shell != "" {
		add("shell: %s", yamlQuoted(p.Shell))
	} else {
		add("command: %s", yamlCommand(p.Command))
	}
	if p.Dir != "." {
		add("dir: %s", yamlText(p.Dir))
	}
	if p.Worker {
		add("port: none")
	}
	if p.Runs {
		add("ready: none")
	}
	if p.EnvFiles != nil {
		add("env_file: %s", yamlList(p.EnvFiles))
	}
	if p.Build != nil && p.Doubt == "" {
		if explain {
			add("# Or built before each start, while the old process serves until that has")
			add("# succeeded. git should ignore what is built.")
		}
		add("# build: %s", yamlCommand(p.Build))
		add("# command: %s", yamlCommand(p.Built))
	}
	return lines
}

// yamlCommand is a command as devrun.yaml has it: a line where splitting that
// gives the same words for sure, else a list.
func yamlCommand(words []string) string {
	plain := regexp.MustCompile(`^[A-Za-z0-9_./:=@,+%{}-]+$`)
	reserved := []string{"if", "then", "else", "elif", "fi", "case", "esac", "for", "while", "until", "do", "done", "in", "function", "select", "time", "coproc"}
	first := words[0]
	if strings.ContainsAny(first, "={}") || slices.Contains(reserved, first) || slices.ContainsFunc(words, func(w string) bool { return !plain.MatchString(w) }) {
		return yamlList(words)
	}
	return yamlText(strings.Join(words, " "))
}

// yamlList is a list of texts.
func yamlList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = yamlQuoted(word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// yamlText is a text, in quotes unless it can be taken for nothing else.
func yamlText(s string) string {
	plain := regexp.MustCompile(`^(\./)?[A-Za-z][A-Za-z0-9_./=@,+-]*( [A-Za-z0-9_./=@+-]+)*$`)
	other := []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"} // YAML 1.1 and 1.2.2, 10.3.2
	if plain.MatchString(s) && !slices.Contains(other, strings.ToLower(s)) {
		return s
	}
	return yamlQuoted(s)
}

// yamlQuoted is a text in double quotes. YAML 1.2.2, 5.7.
func yamlQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
