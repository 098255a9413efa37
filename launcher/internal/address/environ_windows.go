package address

import "strings"

// fold makes the names of environment variables comparable; here their case does
// not count.
func fold(key string) string { return strings.ToUpper(key) }
