package portowner

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const otherUID = 65534

func TestHoldersOfSharedSocket(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	child := inheriting(t, l)
	sockets := ofState(t, openTable(t), portOf(l.Addr()), Listen)
	both := []int{os.Getpid(), child.pid()}
	slices.Sort(both)
	for _, test := range []struct {
		name  string
		first []int
		want  []int
	}{
		{"nobody first", nil, both},
		{"the child first", []int{child.pid()}, []int{child.pid()}},
		{"both first", []int{child.pid(), os.Getpid()}, both},
		{"one that has it not, and one that is gone", []int{os.Getppid(), 1 << 30}, both},
	} {
		got, err := Holders(sockets, test.first)
		if err != nil || len(got) != 1 || !slices.Equal(got[sockets[0].Inode], test.want) {
			t.Errorf("%s: got %v, %v; want %v for inode %d", test.name, got, err, test.want, sockets[0].Inode)
		}
	}
	l.Close()
	if got, err := Holders(sockets, nil); err != nil || !slices.Equal(got[sockets[0].Inode], []int{child.pid()}) {
		t.Errorf("after closing: got %v, %v; want %d", got, err, child.pid())
	}
	child.stop()
	if got, err := Holders(sockets, nil); err != nil || len(got) != 0 {
		t.Errorf("after the end: got %v, %v; want nothing", got, err)
	}
	if got, err := Holders([]Socket{{State: TimeWait}}, nil); err != nil || len(got) != 0 {
		t.Errorf("without inode: got %v, %v; want nothing", got, err)
	}
}

func TestOpenByNamesFirst(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	child := inheriting(t, l)
	inode := inodeOf(t, l)
	for _, pids := range [][]int{{child.pid(), os.Getpid()}, {os.Getpid(), child.pid()}, {1 << 30, child.pid()}} {
		want := pids[0]
		if want == 1<<30 {
			want = pids[1]
		}
		if got, err := OpenBy(pids); err != nil || got[inode] != want {
			t.Errorf("OpenBy(%v): got %d, %v; want %d", pids, got[inode], err, want)
		}
	}
	if got, err := OpenBy(nil); err != nil || len(got) != 0 {
		t.Errorf("OpenBy(nil): got %v, %v; want nothing", got, err)
	}
}

func TestLookupOrder(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	port := portOf(l.Addr())
	first, left := connect(t, l, "tcp4", l.Addr().String())
	first.SetReadDeadline(time.Now().Add(30 * time.Second))
	left.Close()
	if _, err := first.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	first.Close()
	connect(t, l, "tcp4", l.Addr().String())
	table := openTable(t)
	eventually(t, "TIME_WAIT", func() bool { return len(ofState(t, table, port, TimeWait)) == 1 })

	owners, err := Lookup(port)
	if err != nil {
		t.Fatal(err)
	}
	var states []State
	for _, o := range owners {
		states = append(states, o.Socket.State)
		if o.Hidden {
			t.Errorf("hidden: %+v", o)
		}
		if none := o.Process == nil; none != (o.Socket.State == TimeWait) {
			t.Errorf("owner = %+v with process %+v; want a process but for TIME_WAIT", o, o.Process)
		}
	}
	if want := []State{Listen, Established, TimeWait}; !slices.Equal(states, want) {
		t.Errorf("states = %v; want %v", states, want)
	}
}

func TestLookupFindsBound(t *testing.T) {
	_, port := bindOnly(t)
	owners, err := Lookup(port)
	if err != nil {
		t.Fatal(err)
	}
	if len(owners) != 1 || owners[0].Socket.State != BoundInactive || owners[0].Process == nil || owners[0].Process.PID != os.Getpid() {
		t.Errorf("owners = %+v; want this process with a bound socket", owners)
	}
}

func TestCompareOwners(t *testing.T) {
	local := addrPortOf("127.0.0.1:80")
	owner := func(state State, inode uint64, pid int) Owner {
		o := Owner{Socket: Socket{Local: local, State: state, Inode: inode}}
		if pid != 0 {
			o.Process = &Process{PID: pid}
		}
		return o
	}
	want := []Owner{
		owner(Listen, 1, 10), owner(Listen, 1, 11), owner(Listen, 2, 0), owner(BoundInactive, 1, 0),
		owner(Established, 1, 0), owner(SynSent, 1, 0), owner(CloseWait, 1, 0), owner(TimeWait, 0, 0),
	}
	other := owner(Established, 1, 0)
	other.Socket.Local = addrPortOf("[::1]:80")
	want = slices.Insert(want, 5, other)
	mixed := slices.Clone(want)
	slices.Reverse(mixed)
	if got := sortOwners(append(mixed, want...)); !slices.Equal(pidsAndSockets(got), pidsAndSockets(want)) {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

func pidsAndSockets(owners []Owner) []Socket {
	var list []Socket
	for _, o := range owners {
		s := o.Socket
		s.PID = o.pid()
		list = append(list, s)
	}
	return list
}

func TestLookupAcrossUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may start a process of another user")
	}
	binary := sharedBinary(t)
	asOther := func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Dir = filepath.Dir(binary)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: otherUID, Gid: otherUID}}
		return cmd
	}
	t.Run("root sees the other user's process", func(t *testing.T) {
		child := startHelper(t, asOther("one", "two words", ""), "listen 1")
		var ports []int
		if err := json.Unmarshal([]byte(child.line), &ports); err != nil {
			t.Fatal(err)
		}
		owners, err := Lookup(ports[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(owners) != 1 || owners[0].Process == nil || owners[0].Socket.UID != otherUID {
			t.Fatalf("owners = %+v; want one of user %d", owners, otherUID)
		}
		p := owners[0].Process
		if p.PID != child.pid() || p.UID != otherUID || p.Exe != binary || p.Dir != filepath.Dir(binary) ||
			!slices.Equal(p.Argv, []string{binary, "one", "two words"}) {
			t.Errorf("process = %+v; want pid %d, user %d, %s in its folder", p, child.pid(), otherUID, binary)
		}
	})
	t.Run("the other user sees whose it is, not what", func(t *testing.T) {
		l := listen(t, "tcp4", "127.0.0.1:0")
		child := startHelper(t, asOther(), "lookup "+strconv.Itoa(portOf(l.Addr())))
		var owners []Owner
		if err := json.Unmarshal([]byte(child.line), &owners); err != nil {
			t.Fatal(err)
		}
		if len(owners) != 1 || !owners[0].Hidden || owners[0].Process != nil || owners[0].Socket.UID != 0 || owners[0].Socket.Inode != inodeOf(t, l) {
			t.Errorf("owners = %+v; want one hidden of user 0", owners)
		}
	})
}

func TestDescribe(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(exe, "a b", "", "c")
	cmd.Dir = dir
	before := time.Now()
	child := startHelper(t, cmd, "hold")
	p, err := Describe(child.pid())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(exe)
	if p.PID != child.pid() || p.PPID != os.Getpid() || p.Name != name[:min(15, len(name))] || p.UID != os.Geteuid() || p.StartTicks == 0 {
		t.Errorf("got %+v; want child %d of %d, named %s, of user %d", p, child.pid(), os.Getpid(), name, os.Geteuid())
	}
	if want := []string{exe, "a b", "", "c"}; !slices.Equal(p.Argv, want) || p.Exe != exe || p.Dir != dir {
		t.Errorf("got %q, %s in %s; want %q, %s in %s", p.Argv, p.Exe, p.Dir, want, exe, dir)
	}
	// Ticks are whole ones, and the wall clock may be set in between.
	if since := p.Started.Sub(before).Abs(); since > time.Hour {
		t.Errorf("started %v; want about %v", p.Started, before)
	}
	self, err := Describe(os.Getpid())
	if err != nil || self.StartTicks > p.StartTicks {
		t.Errorf("started at tick %d, %v; want it before its child's, %d", self.StartTicks, err, p.StartTicks)
	}
}

func TestDescribeZombie(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=hold", "GORACE=atexit_sleep_ms=10")
	if err := cmd.Start(); err != nil { // its stdin is /dev/null: it ends at once
		t.Fatal(err)
	}
	defer cmd.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	p, err := Describe(cmd.Process.Pid)
	if err != nil || p.PPID != os.Getpid() || p.Argv != nil || p.Exe != "" || p.Dir != "" {
		t.Errorf("got %+v, %v; want a process without arguments", p, err)
	}
}

func TestAncestorsEndAtInit(t *testing.T) {
	ancestors, err := Ancestors(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if last := ancestors[len(ancestors)-1]; last.PID != 1 && last.PPID != 0 {
		t.Errorf("last = %+v; want a process without parent", last)
	}
	if first, err := Ancestors(1); err != nil || len(first) != 0 {
		t.Errorf("of process 1: got %+v, %v; want none", first, err)
	}
}

// inheriting starts a child that has l open.
func inheriting(t *testing.T, l *net.TCPListener) *helper {
	t.Helper()
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command(os.Args[0])
	cmd.ExtraFiles = []*os.File{file}
	return startHelper(t, cmd, "hold")
}

// sharedBinary copies the test binary to where every user may execute it.
func sharedBinary(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "portowner")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for parent := filepath.Dir(dir); parent != "/"; parent = filepath.Dir(parent) {
		if info, err := os.Stat(parent); err != nil || info.Mode()&1 == 0 {
			t.Skipf("other users may not enter %s", parent)
		}
	}
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "helper")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSocketInode(t *testing.T) {
	for link, want := range map[string]uint64{
		"socket:[1]": 1, "socket:[4294967295]": 4294967295, "socket:[]": 0, "socket:[12": 0, "socket:[-1]": 0,
		"pipe:[12]": 0, "/tmp/socket:[12]": 0, "": 0, "socket:[99999999999999999999]": 0, "socket:[1x]": 0,
	} {
		got, ok := socketInode([]byte(link))
		if got != want || ok != (want != 0) {
			t.Errorf("%q: got %d, %v; want %d", link, got, ok, want)
		}
	}
}

func TestManyProcessesAreShared(t *testing.T) {
	// More entries than processes exist, so that several goroutines scan.
	l := listen(t, "tcp4", "127.0.0.1:0")
	pids := []int{os.Getpid()}
	for range 300 {
		pids = append(pids, 1<<30)
	}
	got, err := Holders([]Socket{{Inode: inodeOf(t, l), UID: unknownUser}}, pids)
	if err != nil || !slices.Equal(got[inodeOf(t, l)], []int{os.Getpid()}) {
		t.Errorf("got %v, %v; want %d", got, err, os.Getpid())
	}
}

// Node.js names its main thread, and with it the process, but not its program.
func TestDescribeNamedThread(t *testing.T) {
	cmd := exec.Command("sh", "-c", "printf MainThread >/proc/$$/comm; echo; read line")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Readlink("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/exe")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Describe(cmd.Process.Pid); err != nil || p.Name != filepath.Base(exe) {
		t.Errorf("got %q, %v; want %q", p.Name, err, filepath.Base(exe))
	}
}
