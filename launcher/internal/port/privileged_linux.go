package port

import (
	"strconv"
	"strings"
)

// unprivileged reads the limit of this network namespace. It is 0 where there
// is none.
func unprivileged() int {
	first, err := readSysctl("/proc/sys/net/ipv4/ip_unprivileged_port_start", func(text string) (int, error) {
		return strconv.Atoi(strings.TrimSpace(text))
	})
	if err != nil { // before Linux 4.11, and in some sandboxes
		return usualUnprivileged
	}
	return max(first, minPort)
}
