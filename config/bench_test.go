package config

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParse reads a file of 100 services, which comes before the first of
// them can be started.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString("services:\n")
	for i := range 100 {
		fmt.Fprintf(&text, "  s%d:\n    command: ./server --port {port} --back {s0.url}\n    env: {A: 1, B: '{s0.port}'}\n", i)
		fmt.Fprintf(&text, "    ready: {http: /healthz, timeout: 10s}\n    depends_on: [s%d]\n", (i+1)/2)
	}
	data := []byte(strings.Replace(text.String(), "    depends_on: [s0]\n", "", 1))
	data = []byte(strings.ReplaceAll(string(data), "depends_on: [s1]", "depends_on: []"))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Parse("devrun.yaml", data, nil); err != nil {
			b.Fatal(err)
		}
	}
}
