package portowner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"

	"devrun/launcher/internal/tries"
)

// Container is a running container.
type Container struct {
	ID, Name, Image  string
	Project, Service string // of Compose; empty without it
	Ports            []int  // of this machine, that lead into it
}

// maxContainers bounds the answer that is read: 1,000 containers take 1.5 MB.
const maxContainers = 4 << 20

// errNotEngine means that the server at the socket is not a container engine.
var errNotEngine = errors.New("not the answer of a container engine")

// Containers asks the engine at a unix socket, Docker's or Podman's, for its
// running containers: GET /containers/json of the Docker Engine API, which has
// been the same since version 1.0. It waits until ctx ends.
func Containers(ctx context.Context, socket string) ([]Container, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine: %w", err)
	}
	list, err := askEngine(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine at %s: %w", socket, err)
	}
	return list, nil
}

// askEngine sends the request over conn, and closes it.
func askEngine(ctx context.Context, conn net.Conn) ([]Container, error) {
	exchange, err := tries.Send(ctx, conn, tries.Request("GET", "docker", "/containers/json", "devrun"))
	if err != nil {
		return nil, err
	}
	defer exchange.Close()
	if exchange.Response.StatusCode != 200 {
		return nil, errNotEngine
	}
	return parseContainers(io.LimitReader(exchange.Response.Body, maxContainers))
}

// parseContainers reads the JSON of /containers/json.
func parseContainers(r io.Reader) ([]Container, error) {
	var listed []struct {
		ID     string `json:"Id"`
		Names  []string
		Image  string
		Labels map[string]string
		Ports  []struct {
			PublicPort int
			Type       string
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
			if p.PublicPort != 0 && p.Type == "tcp" && !slices.Contains(c.Ports, p.PublicPort) {
				c.Ports = append(c.Ports, p.PublicPort)
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

// ProxyTarget returns the address within the container's network to which
// docker-proxy forwards connections, read from its command line. It is invalid
// for other programs.
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
