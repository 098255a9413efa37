//go:build unix && !linux

package control

// shortFolder has no name of a file descriptor to offer.
func shortFolder(dir string) (name string, release func(), err error) { return linkFolder(dir) }
