package config

import "testing"

func TestNameFor(t *testing.T) {
	tests := []struct {
		name    string
		command []string
		want    string
	}{
		{"a program", []string{"./bin/myserver", "-v"}, "myserver"},
		{"an interpreter's script", []string{"node", "server.js"}, "server"},
		{"a versioned interpreter", []string{"python3", "-u", "app/main.py"}, "main"},
		{"a module", []string{"python3", "-m", "http.server"}, "http.server"},
		{"a package script", []string{"npm", "run", "dev"}, "dev"},
		{"a package script named start", []string{"npm", "start"}, "shop"},
		{"a Go package", []string{"go", "run", "./cmd/api"}, "api"},
		{"the Go package here", []string{"go", "run", "."}, "shop"},
		{"a shell script text", []string{"sh", "-c", "exec ./server"}, "shop"},
		{"runners behind each other", []string{"env", "A=1", "npx", "vite"}, "vite"},
		{"odd characters", []string{"./Mein Server!"}, "mein-server"},
		{"a program named like a verb", []string{"./start"}, "start"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NameFor(tt.command, "Shop"); got != tt.want {
				t.Errorf("NameFor(%q) = %q; want %q", tt.command, got, tt.want)
			}
		})
	}
	if got := NameFor([]string{"go", "run", "."}, "///"); got != "service" {
		t.Errorf("NameFor without anything usable = %q; want %q", got, "service")
	}
}

func TestVariable(t *testing.T) {
	for name, want := range map[string]string{"db": "DB", "my-api.v2_x": "MY_API_V2_X"} {
		if got := Variable(name); got != want {
			t.Errorf("Variable(%q) = %q; want %q", name, got, want)
		}
	}
}
