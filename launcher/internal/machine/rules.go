package machine

import (
	"os/exec"
	"path/filepath"
	"slices"
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
		// A plain user's PATH lacks some folders.
		if slices.ContainsFunc([]string{name, filepath.Join("/usr/sbin", name), filepath.Join("/sbin", name)}, isInstalled) {
			installed = append(installed, command)
		}
	}
	return installed
}

func isInstalled(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
