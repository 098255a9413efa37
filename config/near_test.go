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
