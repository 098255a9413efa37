package detect

import (
	"cmp"
	"strconv"
	"strings"

	"devrun/config"
)

// maxName is the length of the longest name, in bytes.
const maxName = 63

// names gives out valid names, each only once. Names for which other services
// would get the same variables count as the same: my-api and my_api are both
// DEVRUN_MY_API_PORT.
type names map[string]bool

// newNames returns names without those that are reserved.
func newNames(reserved []string) names {
	n := make(names, len(reserved))
	for _, name := range reserved {
		n[config.Variable(name)] = true
	}
	return n
}

// take returns a free name similar to wanted.
func (n names) take(wanted string) string {
	base := cmp.Or(config.CleanName(wanted), "service")
	name := base
	for i := 2; n[config.Variable(name)]; i++ {
		suffix := "-" + strconv.Itoa(i)
		name = strings.TrimRight(base[:min(len(base), maxName-len(suffix))], ".-_") + suffix
	}
	n[config.Variable(name)] = true
	return name
}
