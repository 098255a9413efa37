//go:build unix && !linux

package cmdline

func watchFolder(string) {}
