//go:build !windows

package address

// fold makes the names of environment variables comparable; here their case
// counts.
func fold(key string) string { return key }
