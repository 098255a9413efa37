package service

import "testing"

func TestNamesOther(t *testing.T) {
	for line, want := range map[string]bool{
		"listen tcp 127.0.0.1:3000: bind: address already in use":                                        false,
		"listen tcp 127.0.0.1:3001: bind: address already in use":                                        true,
		"Error: listen EADDRINUSE: address already in use :::3000":                                       false,
		"Error: listen EADDRINUSE: address already in use :::3001":                                       true,
		"error while attempting to bind on address ('127.0.0.1', 8000): address already in use":          true,
		"error while attempting to bind on address ('127.0.0.1', 3000): address already in use":          false,
		"Error: Port 5173 is already in use":                                                             true,
		"Is port 3000 in use?":                                                                           false,
		"OSError: [Errno 98] Address already in use":                                                     false,
		`Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }`:                     false,
		"[Mon Nov 30 20:18:40 2026] Failed to listen on 127.0.0.1:8000 (reason: Address already in use)": true,
		"[Mon Nov 30 20:18:40 2026] Failed to listen on 127.0.0.1:3000 (reason: Address already in use)": false,
		"nginx: [emerg] bind() to 127.0.0.1:8080 failed (98: Address already in use)":                    true,
	} {
		if got := namesOther(line, 3000); got != want {
			t.Errorf("%q: got %v; want %v", line, got, want)
		}
	}
}

func TestNamesPortInUse(t *testing.T) {
	for line, want := range map[string]bool{
		// Go, Rust, .NET
		"listen tcp 127.0.0.1:8080: bind: address already in use":                    true,
		`Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }`: true,
		"Failed to bind to address http://127.0.0.1:5000: address already in use.":   true,
		// Node, Bun, Deno, Vite
		"Error: listen EADDRINUSE: address already in use :::3000": true,
		"  code: 'EADDRINUSE',":                                                true,
		"error: Failed to start server. Is port 3000 in use?":                  true,
		"error: Uncaught (in promise) AddrInUse: Address in use (os error 98)": true,
		"Error: Port 5173 is already in use":                                   true,
		// Python: http.server, in another language, uvicorn, Django, Flask
		"OSError: [Errno 98] Address already in use":                                                                 true,
		"OSError: [Errno 98] Die Adresse wird bereits verwendet":                                                     true,
		"ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use": true,
		"Error: That port is already in use.":                                                                        true,
		"Port 5000 is in use by another program. Either identify and stop":                                           true,
		// Ruby, Java, Spring Boot, nginx, PHP
		`Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)`:                 true,
		"java.net.BindException: Address already in use":                                                 true,
		"Web server failed to start. Port 8080 was already in use.":                                      true,
		"nginx: [emerg] bind() to 127.0.0.1:8080 failed (98: Address already in use)":                    true,
		"[Mon Nov 30 20:18:40 2026] Failed to listen on 127.0.0.1:8000 (reason: Address already in use)": true,

		"listening on port 8080":                              false,
		"listen tcp: address 99999: invalid port":             false,
		"database shop.db is already in use":                  false,
		"the support library is in use":                       false,
		"bind: permission denied":                             false,
		"OSError: [Errno 99] Cannot assign requested address": false,
		"": false,
	} {
		if got := namesPortInUse(line); got != want {
			t.Errorf("%q: got %v; want %v", line, got, want)
		}
	}
}

func TestBlames(t *testing.T) {
	other := []string{"> vite --port 3001 --port 3000", "Error: listen EADDRINUSE: address already in use 127.0.0.1:3001", "  code: 'EADDRINUSE',", "  port: 3001"}
	own := []string{"Error: listen EADDRINUSE: address already in use 127.0.0.1:3000", "  code: 'EADDRINUSE',"}
	for name, tt := range map[string]struct {
		lines []string
		want  bool
	}{
		"another port, and lines that name none": {other, false},
		"its own port":                           {own, true},
		"no port is named":                       {[]string{"OSError: [Errno 98] Address already in use"}, true},
		"no port is in use":                      {[]string{"listening on 3000"}, false},
		"no output":                              {nil, false},
	} {
		if got := blames(tt.lines, 3000); got != tt.want {
			t.Errorf("%s: got %v; want %v", name, got, tt.want)
		}
	}
}
