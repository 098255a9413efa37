package machine

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// RuleListings returns the commands that list the rules of this system's packet
// filter, for the tools that are installed. They need root.
func RuleListings(ip6 bool) []string {
	commands := []string{"nft list ruleset", "iptables -S", "pfctl -s rules"}
	if ip6 {
		commands[1] = "ip6tables -S" // nft and pfctl list both families
	}
	var installed []string
	for _, command := range commands {
		name, _, _ := strings.Cut(command, " ")
		if hasAdminTool(name) {
			installed = append(installed, command)
		}
	}
	return installed
}

// hasAdminTool also looks in folders that are missing from a plain user's PATH.
func hasAdminTool(name string) bool {
	for _, path := range []string{name, filepath.Join("/usr/sbin", name), filepath.Join("/sbin", name)} {
		if _, err := exec.LookPath(path); err == nil {
			return true
		}
	}
	return false
}
