package launcher

import (
	"net/url"

	"devrun/config/words"
	"devrun/launcher/internal/port"
)

// ParseRange reads a port range such as 61000-61999, inclusive at both ends.
// Its error is a *port.RangeError.
func ParseRange(s string) (first, last int, err error) {
	r, err := port.ParseRange(s)
	return r.First, r.Last, err
}

// SplitWords cuts a command line into words as a shell does; nothing is
// expanded, and what a shell would expand is an error.
func SplitWords(s string) ([]string, error) {
	return words.Split(s, "write it as sh -c '…'")
}

// HostOf is the host of a service's URL, without the brackets of IPv6.
func HostOf(serviceURL string) string {
	u, err := url.Parse(serviceURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// ShellJoin quotes words for a shell.
func ShellJoin(argv []string) string { return words.Join(argv) }
