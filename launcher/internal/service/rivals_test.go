package service

import (
	"testing"

	"devrun/launcher/internal/process"
)

func TestIsRefusal(t *testing.T) {
	for line, want := range map[string]bool{
		"Error: listen EADDRINUSE: address already in use 127.0.0.1:8080":                                  true,
		"Error: listen EADDRINUSE: address already in use 127.0.0.1:8081":                                  false,
		"listen tcp 127.0.0.1:8080: bind: address already in use":                                          true,
		"OSError: [Errno 98] Address already in use":                                                       true,
		"Error: Address already in use (os error 98)":                                                      true,
		"Port 8080 is already in use":                                                                      true,
		"[Errno 98] error while attempting to bind on address ('127.0.0.1', 8080): address already in use": true,
		"nginx: [emerg] bind() failed (98: Address already in use)":                                        true,
		"signup: this email address is already in use":                                                     false,
		"use of port 8080":                     false,
		"listening on 127.0.0.1:8080":          false,
		"98 modules transformed, in use: 8080": false,
	} {
		if got := isRefusal([]byte(line), 8080); got != want {
			t.Errorf("%s: %v; want %v", line, got, want)
		}
	}
}

func TestOtherLeaf(t *testing.T) {
	member := func(pid, ppid int) process.Member { return process.Member{PID: pid, PPID: ppid} }
	for name, test := range map[string]struct {
		members []process.Member
		want    int
	}{
		"beside the listener":       {[]process.Member{member(10, 1), member(11, 10), member(12, 10)}, 12},
		"below another wrapper":     {[]process.Member{member(10, 1), member(11, 10), member(12, 10), member(13, 12)}, 13},
		"a worker of the listener":  {[]process.Member{member(10, 1), member(11, 10), member(12, 11)}, 0},
		"several":                   {[]process.Member{member(10, 1), member(11, 10), member(12, 10), member(13, 10)}, 0},
		"the listener alone":        {[]process.Member{member(11, 1)}, 0},
		"nothing is known any more": {nil, 0},
	} {
		if got := otherLeaf(test.members, 11); got != test.want {
			t.Errorf("%s: got %d; want %d", name, got, test.want)
		}
	}
}
