package config

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// runners start another program, whose name describes the service better.
var runners = []string{
	"go", "node", "nodejs", "deno", "bun", "bunx", "npm", "npx", "pnpm", "pnpx", "yarn",
	"python", "python2", "python3", "uv", "uvx", "poetry", "pipenv", "ruby", "bundle",
	"php", "perl", "java", "sh", "bash", "dash", "zsh", "env", "exec", "nice", "cargo", "dotnet",
}

// verbs are words of a runner that do not name a service.
var verbs = []string{"run", "exec", "x", "dlx", "tool", "start"}

// NameFor derives a service's name from its command: the name of the program, or of
// what a runner such as node or "npm run" starts. If that has no usable character
// it is derived from fallback, and last it is "service".
func NameFor(command []string, fallback string) string {
	name := ""
	for i, word := range command {
		base := program(word)
		if i == 0 && !slices.Contains(runners, base) {
			name = base
			break
		}
		if slices.Contains(runners, base) || slices.Contains(verbs, base) || strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
			continue
		}
		// A script on the command line is not a name.
		if i > 0 && slices.Contains([]string{"-c", "-e", "-r"}, command[i-1]) {
			break
		}
		name = base
		break
	}
	for _, candidate := range []string{name, fallback} {
		if clean := CleanName(candidate); clean != "" {
			return clean
		}
	}
	return "service"
}

// program is the last element of a path without a script's extension.
func program(word string) string {
	base := path.Base(filepath.ToSlash(word))
	switch ext := path.Ext(base); ext {
	case ".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".php", ".pl", ".sh", ".go", ".jar", ".exe":
		base = strings.TrimSuffix(base, ext)
	}
	if base == "." || base == ".." || base == "/" {
		return ""
	}
	return base
}

// CleanName turns s into a service name: lower case letters, digits, dot, dash
// and underscore, at most 63 bytes, beginning with a letter or digit. It is
// empty if nothing remains.
func CleanName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() == 63 {
			break
		}
	}
	return strings.Trim(b.String(), ".-_")
}

// Variable is a service's name in the variables for other services: "my-api" is
// MY_API in DEVRUN_MY_API_PORT.
func Variable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
