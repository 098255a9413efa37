package machine

import (
	"os"
	"strings"
)

// BootID returns an identifier that is unique to this start of the machine; ""
// where it is unknown.
func BootID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // Linux alone has one
	return strings.TrimSpace(string(text))
}
