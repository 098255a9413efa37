//go:build linux

package cmdline

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// picture is the file of the README's picture.
var picture = filepath.Join("..", "..", "examples", "session.svg")

// TestPicture runs what the README's picture shows, and wants the same words but for
// numbers. With -update it writes the picture.
func TestPicture(t *testing.T) {
	realTool(t, "node")
	home := t.TempDir()
	shop := filepath.Join(home, "shop")
	if err := os.CopyFS(shop, os.DirFS(filepath.Join("..", "..", "examples", "node"))); err != nil {
		t.Fatal(err)
	}
	r := recording{t: t, home: home, dir: shop}

	first := r.start("devrun -- node server.js")
	first.wait(`ready in .*\(pid`, 1)
	replaceIn(t, filepath.Join(shop, "server.js"), "hello from", "good morning from")
	first.wait(`ready in .*\(pid`, 2)
	first.master.Write([]byte{3})
	first.end()

	port := r.taken()
	r.start("devrun --port " + port + " -- node server.js").end()

	r.start("devrun smoke --get /healthz --exec 'node --version' -- node server.js").end()

	got := svg(r.lines())
	if *update {
		if err := os.WriteFile(picture, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sameWords(got), sameWords(string(want)); got != want {
		t.Errorf("the session is no longer that of %s; write it with -run TestPicture -update\ngot  %s\nwant %s", picture, got, want)
	}
}

// recording is what a terminal of a user with an empty home has shown.
type recording struct {
	t         *testing.T
	home, dir string
	shown     []*scene
}

// scene is one command in a terminal.
type scene struct {
	t      *testing.T
	line   string
	cmd    *exec.Cmd
	master *os.File
	output bytes.Buffer
}

// start types a command line.
func (r *recording) start(line string) *scene {
	r.t.Helper()
	s := &scene{t: r.t, line: line}
	s.cmd = exec.Command("sh", "-c", "exec "+line)
	s.cmd.Dir = r.dir
	s.cmd.Env = r.environ()
	var err error
	s.master, err = pty.StartWithSize(s.cmd, &pty.Winsize{Cols: 80, Rows: 40})
	if err != nil {
		r.t.Skipf("no pseudo-terminal: %v", err)
	}
	r.t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.cmd.Process.Kill() // its guardian does the rest
			s.cmd.Wait()
		}
		s.master.Close()
	})
	r.shown = append(r.shown, s)
	return s
}

func (r *recording) environ() []string {
	return []string{
		"PATH=" + filepath.Dir(mustBuild(r.t).devrun) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + r.home, "TERM=xterm-256color", "LANG=C.UTF-8",
	}
}

// taken lets a devrun of another folder have a port, and returns it.
func (r *recording) taken() string {
	r.t.Helper()
	addr := "127.0.0.1:0"
	if *update {
		addr = "127.0.0.1:3000" // as people have it
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	other := recording{t: r.t, home: r.home, dir: filepath.Join(r.home, "old-shop")}
	if err := os.CopyFS(other.dir, os.DirFS(r.dir)); err != nil {
		r.t.Fatal(err)
	}
	other.start("devrun --port "+port+" -- node server.js").wait(`ready in .*\(pid`, 1)
	return port
}

// wait reads until the output has count matches.
func (s *scene) wait(pattern string, count int) {
	s.t.Helper()
	match := regexp.MustCompile(pattern)
	s.master.SetReadDeadline(time.Now().Add(patience))
	for buf := make([]byte, 4096); len(match.FindAll(s.output.Bytes(), -1)) < count; {
		n, err := s.master.Read(buf)
		s.output.Write(buf[:n])
		if err != nil {
			s.t.Fatalf("%v before %d of %s:\n%s", err, count, pattern, s.output.Bytes())
		}
	}
}

// end reads what is left, and waits for the end.
func (s *scene) end() {
	s.t.Helper()
	s.master.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(&s.output, s.master); err != nil && !errors.Is(err, syscall.EIO) { // EIO: nobody has the terminal any more
		s.t.Fatalf("%v:\n%s", err, s.output.Bytes())
	}
	s.cmd.Wait()
}

// lines are those of all commands, each after its prompt.
func (r *recording) lines() []string {
	var lines []string
	for _, s := range r.shown {
		lines = append(lines, "\x1b[1m$ "+s.line+"\x1b[0m")
		text := strings.ReplaceAll(s.output.String(), "\r\n", "\n")
		lines = append(lines, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
		lines = append(lines, "")
	}
	return lines[:len(lines)-1]
}

// sgr is a sequence that sets colors.
var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// svg draws lines of a terminal.
func svg(lines []string) string {
	const lineHeight, left, top = 19, 18, 34
	var b strings.Builder
	width, height := 2*left+80*8, top+lineHeight*len(lines)+18
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
<title>A session with devrun in a terminal</title>
<style>
text { font: 13.3px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6deeb; white-space: pre }
.s1 { font-weight: bold } .s2 { fill: #8390a2 } .s32 { fill: #7fd88f } .s33 { fill: #ecc48d } .s36 { fill: #7fdbca } .s131 { fill: #ff6b6b; font-weight: bold }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#0f1722"/>
`, width, height, width, height)
	for i, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve">`, left, top+lineHeight*i)
		for line != "" {
			at := sgr.FindStringSubmatchIndex(line)
			if at == nil {
				writeText(&b, line)
				break
			}
			writeText(&b, line[:at[0]])
			class := strings.ReplaceAll(line[at[2]:at[3]], ";", "")
			line = line[at[1]:]
			if class == "0" || class == "" {
				continue
			}
			text, rest, _ := strings.Cut(line, "\x1b[0m")
			b.WriteString(`<tspan class="s` + class + `">`)
			writeText(&b, text)
			b.WriteString("</tspan>")
			line = rest
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func writeText(b *strings.Builder, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a Builder does not fail
}

// sameWords is what must not change in a picture: its words, without numbers, units of
// time, and where lines are broken.
func sameWords(picture string) string {
	text := regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`).ReplaceAllString(picture, " ")
	text = regexp.MustCompile(`(?s)started by .*?try`).ReplaceAllString(text, "try") // the machine's own
	text = strings.ReplaceAll(text, "^C", "")                                        // the terminal's
	text = regexp.MustCompile(`v?[0-9][0-9.]*(ms|µs|s)?\b`).ReplaceAllString(text, "N")
	text = strings.Join(strings.Fields(text), " ")
	// Another run of this test may have the usual port.
	return regexp.MustCompile(`devrun: port N [^$]*?; using N `).ReplaceAllString(text, "")
}
