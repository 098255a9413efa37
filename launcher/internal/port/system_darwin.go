package port

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// ReadSystem reads the range of outgoing connections; macOS reserves no ports.
// The System is usable even with an error: it then has the default range.
func ReadSystem() (System, error) {
	var ephemeral Range
	for _, limit := range []struct {
		name  string
		value *int
	}{{"net.inet.ip.portrange.first", &ephemeral.First}, {"net.inet.ip.portrange.last", &ephemeral.Last}} {
		n, err := unix.SysctlUint32(limit.name)
		if err != nil {
			return System{Ephemeral: Dynamic()}, fmt.Errorf("read %s: %w", limit.name, err)
		}
		*limit.value = int(n)
	}
	return System{Ephemeral: ephemeral}, nil
}

// Unprivileged returns the first port that every user may bind: below it the
// system keeps ports for the administrator.
func Unprivileged() int { return 1024 }
