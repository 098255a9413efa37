package diag

import (
	"net/netip"
	"strings"
	"testing"
)

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

		`connection to server at "127.0.0.1", port 5432 failed: Connection refused`:                                                   "127.0.0.1:5432",
		`connection to server at "localhost" (::1), port 5432 failed: Connection refused`:                                             "[::1]:5432",
		"OSError: [Errno 111] Connect call failed ('127.0.0.1', 5432)":                                                                "127.0.0.1:5432",
		"[Errno 111] Connect call failed ('::1', 5432, 0, 0)":                                                                         "[::1]:5432",
		"HTTPConnectionPool(host='localhost', port=9200): [Errno 111] Connection refused":                                             "127.0.0.1:9200",
		"java.net.ConnectException: Connection refused: localhost/127.0.0.1:5432":                                                     "127.0.0.1:5432",
		"Connection to localhost:5432 refused. Check that the hostname and port are correct":                                          "127.0.0.1:5432",
		"stream_socket_client(): Unable to connect to tcp://127.0.0.1:6379 (Connection refused)":                                      "127.0.0.1:6379",
		"SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, Host: 127.0.0.1, Port: 3306, x)":                               "127.0.0.1:3306",
		`connect(2) for "127.0.0.1" port 5432: Connection refused`:                                                                    "127.0.0.1:5432",
		"could not connect: Connection refused\n\tIs it on host \"localhost\" (127.0.0.1) and accepting\n\tconnections on port 5432?": "127.0.0.1:5432",
		"  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '127.0.0.1',\n  port: 6379":                                       "127.0.0.1:6379",
		"Connection refused\nreport 7":                       "invalid AddrPort",
		"Connection refused\na\nb\nc\nd\ne\nat 127.0.0.1:80": "invalid AddrPort",
	} {
		if got := RefusedIn(append(strings.Split(line, "\n"), "  at x.js:12")).String(); got != want {
			t.Errorf("%q: got %s; want %s", line, got, want)
		}
	}
}

func TestRefusedNotice(t *testing.T) {
	at := netip.MustParseAddrPort("127.0.0.1:6379")
	for _, tt := range []struct {
		refused Refused
		want    string
	}{
		{Refused{}, "nobody listens on 127.0.0.1:6379, the usual port of redis"},
		{Refused{File: "/shop/Procfile"}, "nobody listens on 127.0.0.1:6379, the usual port of redis"},
		{Refused{Listens: true, File: "/shop/devrun.yaml"}, "127.0.0.1:6379 refused its connection, the usual port of redis"},
		{Refused{File: "/shop/devrun.yaml"}, "nobody listens on 127.0.0.1:6379, the usual port of redis; no service of devrun.yaml has that port"},
		{Refused{Of: "api", Now: 61234, File: "devrun.yaml"}, "127.0.0.1:6379 is the old port of api, which has port 61234: {api.url} is its URL"},
		{Refused{Of: "api", Listens: true, File: "devrun.yaml"}, "127.0.0.1:6379 of api refused its connection, and api listens there by now: depends_on: [api] has it started first"},
		{Refused{Of: "api", File: "devrun.yaml", DependsOn: []string{"db"}}, "api does not listen on 127.0.0.1:6379 yet: depends_on: [db, api] has it started first"},
		{Refused{Of: "api", File: "devrun.yaml", DependsOn: []string{"api"}}, "api does not listen on 127.0.0.1:6379 yet"},
	} {
		tt.refused.Addr = at
		if got := tt.refused.Notice(); got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}
