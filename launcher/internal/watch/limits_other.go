//go:build !linux

package watch

// There is no such limit to raise here; file descriptors run out instead.

func watchesLimit() (limit int, raise string) { return 0, "" }

func instancesLimit() (limit int, raise string) { return 0, "" }
