package detect

import (
	"regexp"
	"slices"
	"strings"
)

// compose finds the ports that Docker Compose publishes.
func (s *scan) compose(f *folder) {
	names := []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"} // in Compose's own order
	i := slices.IndexFunc(names, f.has)
	if i < 0 {
		return
	}
	text, ok := f.read(names[i])
	if !ok {
		return
	}
	root, err := parseYAML(text)
	if err != nil {
		s.note("%s %v", f.file(names[i]), err)
		return
	}
	for _, service := range members(member(root, "services")) {
		out := Outside{Name: shown(service.key), Image: shown(scalar(member(service.value, "image"))), Why: oneLine(f.file(names[i]))}
		for _, item := range items(member(service.value, "ports")) {
			if address := published(item); address != "" {
				out.Addresses = append(out.Addresses, address)
			}
		}
		if len(out.Addresses) > 0 && len(s.found.Outside) < maxOutside {
			s.found.Outside = append(s.found.Outside, out)
		}
	}
}

// published is the address, on this machine, of an entry of ports: "" where
// Docker chooses the port, or where it cannot be told. The forms are those of
// docs.docker.com/reference/compose-file/services, ports.
func published(entry yamlNode) string {
	host, port := scalar(member(entry, "host_ip")), scalar(member(entry, "published"))
	if protocol := scalar(member(entry, "protocol")); protocol != "" && protocol != "tcp" {
		return ""
	}
	if short := withDefaults(scalar(entry)); short != "" {
		short, protocol, _ := strings.Cut(short, "/")
		if protocol != "" && protocol != "tcp" {
			return ""
		}
		rest, _, ok := cutLast(short, ":") // the port in the container
		if !ok {
			return ""
		}
		var hasHost bool
		if host, port, hasHost = cutLast(rest, ":"); !hasHost {
			host, port = "", rest
		}
	}
	host, port = strings.Trim(withDefaults(host), "[]"), withDefaults(port)
	if !regexp.MustCompile(`^[0-9]{1,5}(-[0-9]{1,5})?$`).MatchString(port) || !regexp.MustCompile(`^[0-9A-Fa-f.:]*$`).MatchString(host) {
		return ""
	}
	switch {
	case host == "" || host == "0.0.0.0" || host == "::":
		host = "127.0.0.1"
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// withDefaults replaces ${NAME:-default} by the default.
func withDefaults(s string) string {
	return regexp.MustCompile(`\$\{\w+:?-([^{}]*)\}`).ReplaceAllString(s, "$1")
}

// cutLast is strings.Cut at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
