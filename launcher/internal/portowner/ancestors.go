package portowner

import "slices"

// Ancestors describes the parent of a process, its parent, and so on up to
// process 1 or to the first that is gone or hidden. The error is Describe's for
// pid itself.
func Ancestors(pid int) ([]Process, error) {
	p, err := Describe(pid)
	if err != nil {
		return nil, err
	}
	var ancestors []Process
	seen := []int{pid}
	for p.PPID > 0 && !slices.Contains(seen, p.PPID) {
		parent, err := Describe(p.PPID)
		// A parent that is younger than its child is another process that has
		// been given the same number since.
		if err != nil || parent.StartTicks > p.StartTicks {
			break
		}
		ancestors = append(ancestors, parent)
		seen = append(seen, parent.PID)
		p = parent
	}
	return ancestors, nil
}
