package config

import "testing"

func TestNearest(t *testing.T) {
	keys := names(serviceKeys())
	for word, want := range map[string]string{
		"prot": "port", "Port": "port", "comand": "command", "depends-on": "depends_on", "dependsOn": "depends_on", "envfile": "env_file",
		"cmd": "command", "cwd": "dir", "environment": "env", "healthcheck": "ready", "restarts": "restart", "wach": "watch",
		"zebra": "", "x": "", "": "", "completely-different-thing": "",
	} {
		if got := nearest(word, keys); got != want {
			t.Errorf("nearest(%q) = %q; want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"port", "prot", 1}, {"port", "ports", 1}, {"abc", "xyz", 3}, {"ab", "ba", 1}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d; want %d", test.a, test.b, got, test.want)
		}
	}
}
