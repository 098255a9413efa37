package portowner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// Container is a running container that has ports of this machine published.
type Container struct {
	ID, Name, Image  string
	Project, Service string // of Compose; empty for one that Compose has not made
	Ports            []Published
}

// Published is a port of this machine that is passed on into a container.
type Published struct {
	Addr    netip.Addr // of this machine; invalid where the engine does not tell
	Port    int
	Private int // the port within the container
}

// Publishes reports whether the container has the TCP port of this machine.
func (c Container) Publishes(port int) bool {
	return slices.ContainsFunc(c.Ports, func(p Published) bool { return p.Port == port })
}

// maxContainers bounds the answer that is read: 1,000 containers take 1.5 MB.
const maxContainers = 4 << 20

// errNotEngine is an answer that no container engine gives.
var errNotEngine = errors.New("not the answer of a container engine")

// Containers asks the engine behind a unix socket, Docker's or Podman's, for
// its running containers: GET /containers/json of the Docker Engine API, which
// has been the same since version 1.0. It waits no longer than ctx says.
//
// The request is written by hand for the reason that package ready has.
func Containers(ctx context.Context, socket string) ([]Container, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine: %w", err)
	}
	defer conn.Close()
	// Ends with ctx or with this call.
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	list, err := askEngine(conn)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine at %s: %w", socket, err)
	}
	return list, nil
}

// askEngine speaks HTTP/1.0, so that the answer ends with the connection.
func askEngine(conn io.ReadWriter) ([]Container, error) {
	if _, err := io.WriteString(conn, "GET /containers/json HTTP/1.0\r\nHost: docker\r\nAccept: application/json\r\n\r\n"); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(io.LimitReader(conn, maxContainers))
	text := textproto.NewReader(reader)
	line, err := text.ReadLine()
	if err != nil {
		return nil, err
	}
	if version, status, _ := strings.Cut(line, " "); !strings.HasPrefix(version, "HTTP/1.") || !strings.HasPrefix(status, "200") {
		return nil, errNotEngine
	}
	if header, err := text.ReadMIMEHeader(); err != nil {
		return nil, err
	} else if header.Get("Transfer-Encoding") != "" {
		return nil, errNotEngine // not to be answered to HTTP/1.0, RFC 9112, 6.1
	}
	return parseContainers(reader)
}

// parseContainers reads the JSON of /containers/json.
func parseContainers(r io.Reader) ([]Container, error) {
	var listed []struct {
		ID     string `json:"Id"`
		Names  []string
		Image  string
		Labels map[string]string
		Ports  []struct {
			IP          string
			PublicPort  int
			PrivatePort int
			Type        string
		}
	}
	if err := json.NewDecoder(r).Decode(&listed); err != nil {
		return nil, err
	}
	containers := make([]Container, 0, len(listed))
	for _, l := range listed {
		c := Container{
			ID: l.ID, Image: l.Image,
			Project: l.Labels["com.docker.compose.project"], Service: l.Labels["com.docker.compose.service"],
		}
		if len(l.Names) > 0 {
			c.Name = strings.TrimPrefix(l.Names[0], "/")
		}
		for _, p := range l.Ports {
			if p.PublicPort != 0 && p.Type == "tcp" {
				addr, _ := netip.ParseAddr(p.IP) // invalid where it is empty
				c.Ports = append(c.Ports, Published{Addr: addr, Port: p.PublicPort, Private: p.PrivatePort})
			}
		}
		containers = append(containers, c)
	}
	return containers, nil
}

// IsContainerProxy reports whether a process listens for a container rather
// than for itself: the proxies of Docker, Podman and of Docker's desktop.
func IsContainerProxy(p Process) bool {
	switch strings.TrimSuffix(p.Name, ".exe") {
	case "docker-proxy", "dockerd", "rootlessport", "rootlesskit", "slirp4netns", "pasta",
		"com.docker.back", "com.docker.backend", "vpnkit", "com.docker.vpnkit", "OrbStack Helper":
		return true
	}
	return false
}

// ProxyTarget is where docker-proxy passes connections on to, as its command
// line says: the address within the container's network. It is invalid for
// other programs.
func ProxyTarget(p Process) netip.AddrPort {
	value := func(name string) string {
		for i, arg := range p.Argv {
			if (arg == "-"+name || arg == "--"+name) && i+1 < len(p.Argv) {
				return p.Argv[i+1]
			}
		}
		return ""
	}
	target, err := netip.ParseAddrPort(net.JoinHostPort(value("container-ip"), value("container-port")))
	if err != nil {
		return netip.AddrPort{}
	}
	return target
}
