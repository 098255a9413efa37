package framework

import (
	"strings"
	"testing"
)

func TestStartsContainers(t *testing.T) {
	for line, want := range map[string]bool{
		"docker run --rm -p 127.0.0.1:80:80 nginx": true, "/usr/bin/podman run x": true, "docker compose up": true,
		"docker --context x run y": true, "docker-compose -f a.yml up web": true,
		"docker": false, "docker ps": false, "docker-compose ps": false, "node docker run": false,
	} {
		if got := StartsContainers(strings.Fields(line)); got != want {
			t.Errorf("%s: got %v; want %v", line, got, want)
		}
	}
}
