//go:build !linux

package watch

// There is no such limit to raise here; what runs out is file descriptors.

func watchesRemedy() string { return "" }

func instancesRemedy() string { return "" }
