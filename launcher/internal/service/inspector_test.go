package service

import (
	"strings"
	"testing"
)

func TestIsInspector(t *testing.T) {
	for _, tt := range []struct {
		port         uint16
		argv, output string
		want         bool
	}{
		{9229, "node --inspect a.js", "", true},
		{9229, "node a.js", "Debugger listening on ws://127.0.0.1:9229/1f2a-55", true},
		{9339, "node --inspect=127.0.0.1:9339 a.js", "", true},
		{9339, "node --inspect-brk=9339 a.js", "", true},
		{3456, "node --inspect=127.0.0.1:9339 a.js", "Server listening on port 3456", false},
		{3456, "node --inspect a.js", "listening on http://localhost:3456", false},
		{5678, "python3 -m debugpy --listen 0.0.0.0:5678 a.py", "", true},
		{5678, "python3 -m debugpy --listen 5678 -m flask run --port 5000", "", true},
		{5000, "python3 -m debugpy --listen 5678 -m flask run --port 5000", "", false},
		{5005, "java -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005 -jar a.jar", "", true},
		{5005, "java -jar a.jar", "Listening for transport dt_socket at address: 5005", true},
		{2345, "dlv debug --headless --listen=:2345 .", "", true},
		{2345, "./a", "API server listening at: 127.0.0.1:2345", true},
		{229, "node --inspect=9229 a.js", "Debugger listening on ws://127.0.0.1:9229/x", false},
	} {
		if got := isInspector(tt.port, strings.Fields(tt.argv), []string{tt.output}); got != tt.want {
			t.Errorf("port %d of %q, which prints %q: got %v", tt.port, tt.argv, tt.output, got)
		}
	}
}
