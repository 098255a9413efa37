package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A command blocks no signal, whatever devrun was started with.
func TestBlockedSignals(t *testing.T) {
	clean(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mask := unix.Sigset_t{}
	mask.Val[0] = 1<<(unix.SIGUSR1-1) | 1<<(unix.SIGTERM-1)
	var before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &mask, &before); err != nil {
		t.Fatal(err)
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	cmd := exec.Command(self(t))
	cmd.Env = []string{roleEnv + "=blocking"}
	out, err := cmd.CombinedOutput()
	if got := strings.Fields(string(out)); err != nil || len(got) != 4 || got[1] == "0000000000000000" || got[3] != "0000000000000000" {
		t.Errorf("got %q, %v; want signals blocked here and none in the command", out, err)
	}
}

// playBlocking prints the line SigBlk of its own status and of that of a command.
func playBlocking() int {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "SigBlk:") {
			fmt.Print(line)
		}
	}
	s := spec("exec grep SigBlk /proc/self/status")
	s.Stdout = os.Stdout
	p, err := reaper.Start(s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	<-p.Exited()
	p.Stop(context.Background(), StopSpec{})
	return 0
}
