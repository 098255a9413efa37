//go:build unix && !linux

package cmdline

func watchFolder(string) {}

func countsStored(string) bool { return false }
