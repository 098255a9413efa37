package framework

import (
	"slices"
	"strings"
	"testing"

	"devrun/config/words"
)

// TestParseGoRun has, for each command, what is built of it and what the program
// gets; "" for a command that is left as it is.
func TestParseGoRun(t *testing.T) {
	for _, tt := range []struct{ command, build, args, environ string }{
		{"go run .", "go build -buildvcs=false '-ldflags=-s -w' -o /b/ .", "", ""},
		{"go run ./cmd/api -flag x.go", "go build -buildvcs=false '-ldflags=-s -w' -o /b/ ./cmd/api", "-flag x.go", ""},
		{"go run main.go util.go -v a", "go build -buildvcs=false '-ldflags=-s -w' -o /b/ main.go util.go", "-v a", ""},
		{"/opt/go/bin/go run x/y z", "/opt/go/bin/go build -buildvcs=false '-ldflags=-s -w' -o /b/ x/y", "z", ""},
		{"go run -race -tags x,y --v . -race", "go build -race -tags x,y --v -buildvcs=false '-ldflags=-s -w' -o /b/ .", "-race", ""},
		{"go run -C api . --port {port}", "go build -C api -buildvcs=false '-ldflags=-s -w' -o /b/ .", "--port {port}", ""},
		{"go run -ldflags '-X main.v=1' .", "go build -ldflags '-X main.v=1' -buildvcs=false -o /b/ .", "", ""},
		{"go run -buildvcs=true .", "go build -buildvcs=true '-ldflags=-s -w' -o /b/ .", "", ""},
		{"go run .", "go build -buildvcs=false -o /b/ .", "", "GOFLAGS=-mod=mod -ldflags=-w"},
		{"go run .", "go build '-ldflags=-s -w' -o /b/ .", "", "GOFLAGS=-buildvcs=auto"},
		{"go run ./x@y", "", "", ""},
		{"go run example.com/x@latest server", "", "", ""},
		{"go run -exec xprog .", "", "", ""},
		{"go run -n .", "", "", ""},
		{"go run -race -C api .", "", "", ""},
		{"go run -unknown x .", "", "", ""},
		{"go run -tags", "", "", ""},
		{"go run -race", "", "", ""},
		{"go run ./...", "", "", ""},
		{"go run ./cmd/{url}", "", "", ""},
		{"go run", "", "", ""},
		{"go test .", "", "", ""},
		{"cargo run .", "", "", ""},
		{"go run .", "", "", "GOFLAGS=-exec=xprog"},
		{"go run .", "", "", "GOOS=plan9"},
	} {
		argv, err := words.Split(tt.command, "")
		if err != nil {
			t.Fatal(err)
		}
		environ := []string{"GOFLAGS=-exec=earlier", "GOFLAGS=", tt.environ}
		run, ok := ParseGoRun(argv, environ)
		if ok != (tt.build != "") {
			t.Errorf("%s with %q: taken apart: %v", tt.command, tt.environ, ok)
		}
		if !ok {
			continue
		}
		if got := strings.ReplaceAll(words.Join(run.Build("/b", environ)), `\`, "/"); got != tt.build {
			t.Errorf("%s is built by %s; want %s", tt.command, got, tt.build)
		}
		if !slices.Equal(run.Args, strings.Fields(tt.args)) {
			t.Errorf("%s gives the program %q; want %q", tt.command, run.Args, tt.args)
		}
	}
}
