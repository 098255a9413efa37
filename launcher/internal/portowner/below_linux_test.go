package portowner

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// branch starts a shell whose child listens on a port.
func branch(tb testing.TB) (h *helper, listening []Socket) {
	tb.Helper()
	h = startHelper(tb, exec.Command("/bin/sh", "-c", os.Args[0]+"; exit"), "listen 1")
	var ports []int
	if err := json.Unmarshal([]byte(h.line), &ports); err != nil {
		tb.Fatal(err)
	}
	listening, err := openTable(tb).Listeners(ports[0])
	if err != nil || len(listening) != 1 {
		tb.Fatalf("got %+v, %v; want one listener", listening, err)
	}
	return h, listening
}

func TestOpenBelow(t *testing.T) {
	h, listening := branch(t)
	if len(childrenOf([]int{h.pid()})) == 0 {
		t.Skip("the kernel does not list children")
	}
	inode := listening[0].Inode
	got := OpenBelow(h.pid(), listening)
	child, err := Describe(got[inode])
	if err != nil || child.PPID != h.pid() {
		t.Errorf("got %v, %+v, %v; want the child of %d", got, child, err, h.pid())
	}
	// This process is the shell's parent: two levels up.
	if got := OpenBelow(os.Getpid(), listening); got[inode] != child.PID {
		t.Errorf("below this process: got %v; want %d", got, child.PID)
	}
	own := listen(t, "tcp4", "127.0.0.1:0")
	sockets := append(listening, Socket{Inode: inodeOf(t, own)}, Socket{Inode: 1})
	if got := OpenBelow(os.Getpid(), sockets); len(got) != 2 || got[sockets[1].Inode] != os.Getpid() {
		t.Errorf("got %v; want this process's listener and the child's, not a third", got)
	}
	if got := OpenBelow(h.pid(), sockets[1:]); len(got) != 0 {
		t.Errorf("below the shell: got %v; want nothing of its parent", got)
	}
	h.stop()
	if got := OpenBelow(h.pid(), listening); len(got) != 0 {
		t.Errorf("after the end: got %v; want nothing", got)
	}
}

func BenchmarkOpenBelow(b *testing.B) {
	h, listening := branch(b)
	for name, root := range map[string]int{"child": h.pid(), "grandchild": os.Getpid()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if got := OpenBelow(root, listening); len(got) != 1 {
					b.Fatalf("below %s: got %v; want one", strconv.Itoa(root), got)
				}
			}
		})
	}
}
