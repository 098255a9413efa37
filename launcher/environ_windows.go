package launcher

import "strings"

// fold makes the keys of environment variables comparable: their case does not
// count here.
func fold(key string) string { return strings.ToUpper(key) }
