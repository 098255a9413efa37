package portowner

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// OpenBelow returns by inode which process has each of the sockets open, among
// root and its descendants: the one closest to root. It stops once it has found
// all. Sockets of other processes are absent, as are those of descendants whose
// parent has ended. It reads only root's own branch, which is much cheaper than a
// list of all processes.
func OpenBelow(root int, sockets []Socket) map[uint64]int {
	const deepest = 32 // a pid that is reused meanwhile could make the branch endless
	found := make(map[uint64]int, len(sockets))
	missing := func(s Socket) bool { return found[s.Inode] == 0 }
	level := []int{root}
	for range deepest {
		open, err := OpenBy(level)
		if err != nil {
			break
		}
		for _, s := range sockets {
			if pid, ok := open[s.Inode]; ok && missing(s) {
				found[s.Inode] = pid
			}
		}
		if !slices.ContainsFunc(sockets, missing) {
			break
		}
		if level = childrenOf(level); len(level) == 0 {
			break
		}
	}
	return found
}

// childrenOf returns the children of all the processes. The kernel lists them by
// the thread that started them, and not at all without CONFIG_PROC_CHILDREN.
func childrenOf(parents []int) []int {
	var children []int
	for _, parent := range parents {
		tasks := "/proc/" + strconv.Itoa(parent) + "/task"
		threads, _ := os.ReadDir(tasks) // none of a process that has just ended
		for _, thread := range threads {
			text, _ := os.ReadFile(tasks + "/" + thread.Name() + "/children")
			for field := range strings.FieldsSeq(string(text)) {
				if pid, err := strconv.Atoi(field); err == nil {
					children = append(children, pid)
				}
			}
		}
	}
	return children
}
