package holders

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
)

// engineTime bounds the question to a container engine.
const engineTime = 500 * time.Millisecond

// container returns the container that a process listens for or runs in; nil
// for none. Its engine is asked only then.
func (o *Onlooker) container(p portowner.Process, origin diag.Origin, number int) *diag.Container {
	inside := origin.Kind == string(portowner.FromContainer)
	if !inside && !portowner.IsContainerProxy(p) {
		return nil
	}
	c := &diag.Container{}
	if inside {
		c.ID = origin.Name
	} else if target := portowner.ProxyTarget(p); target.IsValid() {
		c.Target = target.String()
	}
	if !o.asked {
		o.asked, o.containers = true, askEngines()
	}
	for _, known := range o.containers {
		if inside && known.ID == c.ID || !inside && slices.Contains(known.Ports, number) {
			c.ID, c.Name, c.Image = known.ID, known.Name, known.Image
			c.Project, c.Service = known.Project, known.Service
		}
	}
	return c
}

// askEngines asks the first container engine that answers: the one that
// DOCKER_HOST names, or those at the usual places.
func askEngines() []portowner.Container {
	ctx, cancel := context.WithTimeout(context.Background(), engineTime)
	defer cancel()
	for _, socket := range engineSockets(os.Getenv) {
		if containers, err := portowner.Containers(ctx, socket); err == nil {
			return containers
		}
	}
	return nil
}

// engineSockets are the unix sockets of container engines. An engine on another
// machine has nothing to do with the ports of this one.
func engineSockets(getenv func(string) string) []string {
	if host := getenv("DOCKER_HOST"); host != "" {
		if socket, ok := strings.CutPrefix(host, "unix://"); ok {
			return []string{socket}
		}
		return nil
	}
	sockets := []string{"/var/run/docker.sock"}
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		sockets = append(sockets, filepath.Join(dir, "docker.sock"), filepath.Join(dir, "podman", "podman.sock"))
	}
	return append(sockets, "/run/podman/podman.sock")
}
