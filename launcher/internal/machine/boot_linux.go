package machine

import (
	"os"
	"strings"
)

// BootID names this start of the machine, unlike any other; empty where the
// system does not tell.
func BootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
