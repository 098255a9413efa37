//go:build unix && !linux && !darwin

package machine

// askSpace leaves the space unknown: each of these systems has its own call.
func (f *Folder) askSpace() {}
