//go:build !linux

package machine

// BootID is not told here.
func BootID() string { return "" }
