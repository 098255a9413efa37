package why

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	// show is what was understood, in one line.
	show := func(w target) string {
		switch {
		case w.service != "":
			return "service " + w.service
		case w.port == 0:
			return "range " + w.within.String()
		}
		text := "port " + strconv.Itoa(w.port)
		if w.host.IsValid() {
			text += " on " + w.host.String()
		}
		if w.path != "" {
			text += " asks " + w.path
		}
		return text
	}
	for in, want := range map[string]string{
		"3000": "port 3000", ":3000": "port 3000", "1": "port 1", "65535": "port 65535", "03000": "port 3000",
		"3000-3010": "range 3000-3010", ":3000-3010": "range 3000-3010", "3000-3000": "port 3000",
		"127.0.0.1:3000": "port 3000 on 127.0.0.1", "[::1]:3000": "port 3000 on ::1", "localhost:3000": "port 3000", "*:3000": "port 3000",
		"0.0.0.0:3000": "port 3000 on 0.0.0.0", "shop.localhost:3000": "port 3000", "[::ffff:127.0.0.1]:3000": "port 3000 on 127.0.0.1",
		"http://127.0.0.1:3000": "port 3000 on 127.0.0.1 asks /", "http://localhost/a?b=c#d": "port 80 asks /a?b=c",
		"https://[::1]": "port 443 on ::1 asks /", "http://127.9.9.9:1/%20": "port 1 on 127.9.9.9 asks /%20",
		"api": "service api", "shop/api": "service shop/api", "api-2": "service api-2", "3000x": "service 3000x", "3-x": "service 3-x",
	} {
		got, err := parseTarget(t.Context(), in)
		if err != nil || show(got) != want {
			t.Errorf("%q: got %q, %v; want %q", in, show(got), err, want)
		}
	}
	for in, want := range map[string]string{
		"": "empty", "0": "ports are 1 to 65535", "65536": "ports are 1 to 65535", ":0": "ports are 1 to 65535",
		"99999999999999999999": "ports are 1 to 65535", "10-5": "the first port is greater", "0-5": "ports are 1 to 65535",
		"192.0.2.1:80": "192.0.2.1 is not this machine", "http://192.0.2.1/": "192.0.2.1 is not this machine", "127.0.0.1:70000": "ports are",
		"ftp://127.0.0.1": "want a URL", "http://127.0.0.1:x/": "want a URL",
	} {
		_, err := parseTarget(t.Context(), in)
		var question *QuestionError
		if !errors.As(err, &question) || !strings.Contains(question.Message, want) || question.Try == "" {
			t.Errorf("%q: got %v; want an error with %q, and what to try", in, err, want)
		}
	}
}
