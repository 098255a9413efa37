//go:build !linux

package portowner

// OpenBelow returns which sockets the process root has open; those of its
// descendants are absent here.
func OpenBelow(root int, sockets []Socket) map[uint64]int {
	found := make(map[uint64]int, len(sockets))
	for _, s := range sockets {
		if s.PID == root {
			found[s.Inode] = root
		}
	}
	return found
}
