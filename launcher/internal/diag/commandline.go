package diag

import "strings"

// rerun is a devrun command line to paste: flags, then what the user ran, which
// is a command behind "--" or the name of a service. A command that would show a
// secret is left out.
func rerun(flags string, command []string, service string) string {
	parts := []string{"devrun"}
	if flags != "" {
		parts = append(parts, flags)
	}
	switch {
	case len(command) > 0:
		line, whole := shown(command)
		if !whole {
			line = "…"
		}
		parts = append(parts, "--", line)
	case service != "":
		parts = append(parts, quote(service))
	}
	return strings.Join(parts, " ")
}

// withFlag is rerun with a framework's flag behind the command. Flag may hold
// devrun's placeholders, which no shell touches.
func withFlag(command []string, flag string) string {
	if len(command) == 0 || flag == "" {
		return ""
	}
	return rerun("", command, "") + " " + flag
}

// alone is the service's command without devrun.
func alone(command []string) string {
	line, whole := shown(command)
	if !whole {
		return ""
	}
	return line
}

// called is a service's name in a sentence.
func called(service string) string {
	if service == "" {
		return "the service"
	}
	return service
}
