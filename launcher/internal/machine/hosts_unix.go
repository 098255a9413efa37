//go:build unix

package machine

func hostsFile() string { return "/etc/hosts" }
