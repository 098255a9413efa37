package cmdline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"devrun/config/words"
	"devrun/launcher/internal/detect"
)

const initHead = `# The services that devrun init found in this folder. devrun runs all of them,
# devrun NAME runs one and those it depends on; devrun check validates this file.
# For completion in an editor, run devrun schema > devrun.schema.json and put this
# line first:
#   # yaml-language-server: $schema=devrun.schema.json

# name: shop   # of the project; ports are derived from it, so everyone gets the same

services:
`

const initExample = `  # No service was found here; this is an example.
  web:
    command: ./myserver --listen {host}:{port}
`

// initMore follows the services. Each line is a key that a service may have.
const initMore = `
  # Other keys of a service:
  #   port: 3000                      # pins the port; by default a free one, the same each time
  #   depends_on: [db]                # starts when db is ready
  #   env: {API_URL: "{api.url}"}     # the address of another service
  #   env_file: [.env]
  #   ready: {http: /healthz}         # by default when it accepts a connection
  #   watch: {include: ["**/*.py"]}   # changes that restart it; false for none
  #   stop: {timeout: 30s}            # by default 5s

# Checks that devrun smoke runs once all services are ready:
# smoke:
#   checks:
#     - get: /
#       expect: {status: 200}
`

// initFile is the text of a devrun.yaml with the services that were found.
func initFile(found detect.Found) string {
	var b strings.Builder
	b.WriteString(initHead)
	if !slices.ContainsFunc(found.Proposals, func(p detect.Proposal) bool { return p.Doubt == "" }) {
		b.WriteString(initExample)
	}
	for i, p := range found.Proposals {
		if i > 0 {
			b.WriteByte('\n')
		}
		lines := serviceLines(p)
		if p.Doubt != "" {
			fmt.Fprintf(&b, "  # Also found: %s, but %s.\n", p.Why, p.Doubt)
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
		fmt.Fprintf(&b, "\n# Ports that Docker Compose publishes, outside of devrun (%s):\n", found.Outside[0].Why)
	}
	for _, o := range found.Outside {
		image := o.Image
		if image != "" {
			image = "  (" + image + ")"
		}
		env := o.Env()
		if env != "" {
			env = "  for others env: {" + env + "}"
		}
		fmt.Fprintf(&b, "#   %-12s %s%s%s\n", o.Name, strings.Join(o.Addresses, ", "), image, env)
	}
	return b.String()
}

// serviceLines returns the lines of one service.
func serviceLines(p detect.Proposal) []string {
	lines := []string{p.Name + ":"}
	add := func(format string, args ...any) { lines = append(lines, "  "+fmt.Sprintf(format, args...)) }
	if p.Shell != "" {
		add("shell: %s", strconv.Quote(p.Shell))
	} else {
		add("command: %s", yamlCommand(p.Command))
	}
	if p.Dir != "." {
		add("dir: %s", yamlText(withoutVariables(p.Dir)))
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
	return lines
}

// yamlCommand is a command in devrun.yaml: a line if it is split into the same words,
// else a list.
func yamlCommand(argv []string) string {
	line := strings.Join(argv, " ")
	if split, err := words.Split(line, ""); err != nil || !slices.Equal(split, argv) {
		return yamlList(argv)
	}
	return yamlText(line)
}

// withoutVariables writes s so that no $ in it begins the name of a variable.
func withoutVariables(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// yamlList is a list of texts.
func yamlList(argv []string) string {
	quoted := make([]string, len(argv))
	for i, word := range argv {
		quoted[i] = strconv.Quote(withoutVariables(word))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// plainText is text that YAML 1.1 and 1.2.2 read as text without quotes, but for
// notText.
var (
	plainText = regexp.MustCompile(`^(\./)?[A-Za-z][A-Za-z0-9_./=@,+-]*( [A-Za-z0-9_./=@+-]+)*$`)
	notText   = []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
)

// yamlText is a text, in quotes if it could be read as anything else. The escapes of
// Go are also those of YAML (1.2.2, 5.7).
func yamlText(s string) string {
	if plainText.MatchString(s) && !slices.Contains(notText, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}
