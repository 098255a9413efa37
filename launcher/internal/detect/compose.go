package detect

import (
	"cmp"
	"slices"
	"strings"

	"devrun/config"
)

// compose finds the ports that Docker Compose publishes.
func (s *scan) compose(f *folder) {
	names := []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"} // in Compose's own order
	i := slices.IndexFunc(names, f.has)
	if i < 0 {
		return
	}
	for name, service := range f.yaml(names[i]).Get("services").Pairs() {
		out := Outside{Name: shown(name), Image: shown(service.Get("image").Text()), Why: oneLine(f.file(names[i]))}
		for entry := range service.Get("ports").Items() {
			if address := published(entry); address != "" {
				out.Addresses = append(out.Addresses, address)
			}
		}
		if len(out.Addresses) > 0 && len(s.found.Outside) < maxOutside {
			s.found.Outside = append(s.found.Outside, out)
		}
	}
}

var (
	// shortPort is [HOST:]PUBLISHED:CONTAINER[/tcp].
	shortPort = pattern(`^(?:\[?([0-9A-Fa-f.:]*?)\]?:)?([0-9]{1,5}(?:-[0-9]{1,5})?):[^:/]+(?:/tcp)?$`)
	// withDefault is ${NAME:-DEFAULT}.
	withDefault = pattern(`\$\{\w+:?-([^{}]*)\}`)
)

// published returns the address on this machine of an entry of ports. It is empty
// if Docker chooses the port, or if it depends on a variable.
// docs.docker.com/reference/compose-file/services, ports.
func published(entry config.Document) string {
	text := entry.Text()
	if text == "" { // the long form
		text = entry.Get("published").Text() + ":0/" + cmp.Or(entry.Get("protocol").Text(), "tcp")
		if host := entry.Get("host_ip").Text(); host != "" {
			text = host + ":" + text
		}
	}
	match := shortPort().FindStringSubmatch(withDefault().ReplaceAllString(text, "$1"))
	if match == nil {
		return ""
	}
	host, port := match[1], match[2]
	switch {
	case host == "" || host == "0.0.0.0" || host == "::":
		host = "127.0.0.1"
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return host + ":" + port
}
