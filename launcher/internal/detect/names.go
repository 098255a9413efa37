package detect

import (
	"strconv"
	"strings"
)

// maxName is the length of the longest name, in bytes.
const maxName = 63

// names hands out names that are valid, and each but once.
type names map[string]bool

// newNames knows the names that nobody gets.
func newNames(reserved []string) names {
	n := make(names, len(reserved))
	for _, name := range reserved {
		n[likeness(name)] = true
	}
	return n
}

// take returns a free name that is like wanted.
func (n names) take(wanted string) string {
	base := clean(wanted)
	if base == "" {
		base = "service"
	}
	name := base
	for i := 2; n[likeness(name)]; i++ {
		suffix := "-" + strconv.Itoa(i)
		name = strings.TrimRight(base[:min(len(base), maxName-len(suffix))], ".-_") + suffix
	}
	n[likeness(name)] = true
	return name
}

// clean is lower case letters, digits, '.', '-' and '_' with a letter or digit
// at both ends. It is empty where nothing remains.
func clean(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() == maxName {
			break
		}
	}
	return strings.Trim(b.String(), ".-_")
}

// likeness is the same for names that would be told to other services by the
// same variable: my-api and my_api are both DEVRUN_MY_API_PORT.
func likeness(name string) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(name)
}
