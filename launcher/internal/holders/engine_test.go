package holders

import (
	"slices"
	"testing"
)

func TestEngineSockets(t *testing.T) {
	for _, test := range []struct {
		host, dir string
		want      []string
	}{
		{"", "", []string{"/var/run/docker.sock", "/run/podman/podman.sock"}},
		{"", "/run/user/1", []string{"/var/run/docker.sock", "/run/user/1/docker.sock", "/run/user/1/podman/podman.sock", "/run/podman/podman.sock"}},
		{"unix:///tmp/d.sock", "/run/user/1", []string{"/tmp/d.sock"}},
		{"ssh://far", "/run/user/1", nil},
	} {
		got := engineSockets(func(name string) string {
			return map[string]string{"DOCKER_HOST": test.host, "XDG_RUNTIME_DIR": test.dir}[name]
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("%q, %q: got %q; want %q", test.host, test.dir, got, test.want)
		}
	}
}
