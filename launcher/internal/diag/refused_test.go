package diag

import "testing"

func TestRefusedIn(t *testing.T) {
	for line, want := range map[string]string{
		"Error: connect ECONNREFUSED 127.0.0.1:6379":                        "127.0.0.1:6379",
		"Error: connect ECONNREFUSED ::1:5432":                              "[::1]:5432",
		"dial tcp 127.0.0.1:5432: connect: connection refused":              "127.0.0.1:5432",
		"dial tcp [::1]:5432: connect: connection refused":                  "[::1]:5432",
		"Error 111 connecting to localhost:6379. Connection refused.":       "127.0.0.1:6379",
		"dial tcp 192.168.1.7:5432: connect: connection refused":            "invalid AddrPort",
		"dial tcp 127.0.0.1:99999: connect: connection refused":             "invalid AddrPort",
		"connected to 127.0.0.1:6379":                                       "invalid AddrPort",
		"connect to host myredis.localhost:6379 failed: Connection refused": "invalid AddrPort",
	} {
		if got := RefusedIn([]string{line, "  at x.js:12"}).String(); got != want {
			t.Errorf("%q: got %s; want %s", line, got, want)
		}
	}
}
