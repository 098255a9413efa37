//go:build unix

package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// staleSocket leaves a socket file as a killed devrun does.
func staleSocket(t *testing.T, path string) string {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	return path
}

// longPath is longer than the address of a socket may be.
func longPath(t *testing.T) string {
	return filepath.Join(t.TempDir(), strings.Repeat("deep/", 60), "0123456789abcdef.sock")
}

func TestListenModes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devrun", "control", "s")
	start(t, path, echo)
	for file, want := range map[string]fs.FileMode{path: 0o600 | fs.ModeSocket, filepath.Dir(path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("mode of %s = %v, %v; want %v", file, info.Mode(), err, want)
		}
	}
}

func TestLongPath(t *testing.T) {
	path := longPath(t)
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can use such a path")
	}
	s := start(t, path, echo)
	answers(t, path)
	if _, err := Listen(path, echo); !errors.Is(err, ErrRunning) {
		t.Errorf("second Listen: %v; want ErrRunning", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
		t.Errorf("after Close the folder has %v, %v; want nothing", entries, err)
	}
	_, err := Listen(filepath.Join(filepath.Dir(path), strings.Repeat("n", 120)), echo)
	if !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("Listen on a long name: %v; want ENAMETOOLONG", err)
	}
}

func TestListenReplacesStaleOnly(t *testing.T) {
	dir := t.TempDir()
	stale := staleSocket(t, filepath.Join(dir, "stale"))
	s := start(t, stale, echo)
	_, err := Listen(stale, echo)
	if want := "listen on " + stale + ": another devrun listens there"; !errors.Is(err, ErrRunning) || err.Error() != want {
		t.Errorf("Listen beside a live one: %v; want %s", err, want)
	}
	answers(t, stale)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := os.Lstat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close the socket is there: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file, echo); !errors.Is(err, ErrNotSocket) {
		t.Errorf("Listen on a file: %v; want ErrNotSocket", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// Of many that find one stale socket, one listens.
func TestListenRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for range 20 {
		staleSocket(t, path)
		servers := make(chan *Server, 8)
		var all sync.WaitGroup
		for range cap(servers) {
			// Ends at once.
			all.Go(func() {
				s, err := Listen(path, echo)
				if err == nil {
					servers <- s
				} else if !errors.Is(err, ErrRunning) {
					t.Errorf("Listen: %v; want ErrRunning", err)
				}
			})
		}
		all.Wait()
		close(servers)
		if len(servers) != 1 {
			t.Errorf("%d of %d listen; want 1", len(servers), cap(servers))
		}
		for s := range servers {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestCloseLeavesAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := start(t, path, echo)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	start(t, path, echo)
	if err := first.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	answers(t, path)
}

func TestFolderOfOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(filepath.Join(dir, "s"), echo); !errors.Is(err, ErrFolder) {
		t.Errorf("Listen in a folder that all may write: %v; want ErrFolder", err)
	}
}

// asStranger runs stranger as another user, with the socket at path.
func asStranger(t *testing.T, does, path string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs a folder for tests that others can enter, and /proc")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "stranger")
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{filepath.Dir(dir), dir, filepath.Dir(path)} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, path)
	cmd.Env = []string{strangerEnv + "=" + does}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

// A request of another user is refused, even where the socket's mode lets it through.
func TestStranger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	asked := make(chan Request, 10)
	start(t, path, func(_ context.Context, req Request) (any, error) {
		asked <- req
		return nil, nil
	})
	for _, mode := range []fs.FileMode{0o600, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		want := "refused\nno connection\n"
		if mode == 0o666 {
			want = "refused\n" + `{"ok":false,"error":"only the user who started this devrun can query it"}` + "\n"
		}
		if out, err := asStranger(t, "ask", path).CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("mode %o: the stranger saw %q, %v; want %q", mode, out, err, want)
		}
	}
	if len(asked) > 0 {
		t.Errorf("the stranger's request was handled: %v", <-asked)
	}
}

// Nothing is sent to a socket of another user.
func TestStrangerListens(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	cmd := asStranger(t, "listen", path)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "listening" {
		t.Fatalf("the stranger printed %q", lines.Text())
	}
	if err := Ask(soon(t), path, Request{Op: "stop"}, nil); !errors.Is(err, ErrRefused) {
		t.Errorf("Ask a stranger: %v; want ErrRefused", err)
	}
	if lines.Scan() {
		t.Errorf("the stranger received %q; want nothing", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

const strangerEnv = "CONTROL_TEST_STRANGER"

// stranger is the other user's program. Its raw connections use neither Listen nor
// Ask.
func stranger(does, path string) int {
	if does == "listen" {
		l, err := net.Listen("unix", path)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer l.Close()
		fmt.Println("listening")
		conn, err := l.Accept()
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer conn.Close()
		if text, err := io.ReadAll(conn); len(text) > 0 || err != nil {
			fmt.Printf("%s %v\n", text, err)
		}
		return 0
	}
	if err := Ask(context.Background(), path, Request{Op: "stop"}, nil); errors.Is(err, ErrRefused) {
		fmt.Println("refused")
	} else {
		fmt.Println(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		fmt.Println("no connection")
		return 0
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, `{"op":"stop"}`+"\n")
	answers := bufio.NewScanner(conn)
	answers.Scan()
	fmt.Println(answers.Text())
	return 0
}

// A folder whose lock another process keeps delays a run by a second at most.
func TestLockedFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	unlock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	start(t, path, echo)
	answers(t, path)
}
