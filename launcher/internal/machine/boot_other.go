//go:build !linux

package machine

// BootID is unknown here.
func BootID() string { return "" }
