package words

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := strings.Fields("command port env_file depends_on restart no-watch shop/api in api")
	for word, want := range map[string]string{
		"prot": "port", "PORT": "port", "por": "port", "comand": "command", "commands": "command", "depends-on": "depends_on", "dependsOn": "depends_on",
		"file": "env_file", "watch": "no-watch", "restarting": "restart", "api": "api", "apis": "api", "shop": "shop/api",
		"zebra": "", "x": "", "": "", "xy": "", "end": "", strings.Repeat("port", 50): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q; want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "abd", 1}, {"abc", "xyz", 3}, {"port", "ports", 1},
		{"kitten", "sitting", 3}, {"ca", "abc", 3}, {"über", "uber", 1},
	} {
		for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := Distance(pair[0], pair[1]); got != test.want {
				t.Errorf("Distance(%q) = %d; want %d", pair, got, test.want)
			}
		}
	}
}
