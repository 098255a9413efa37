package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Guardian is a process that outlives this one by a moment. While this one
// lives it sleeps in a read; when this one is killed, it ends every process
// that carries the marks, belongs to a watched session, has the output of such
// a session's command still open, or descends from any of these.
type Guardian struct {
	process *os.Process
	pipe    *os.File

	mu sync.Mutex
}

// StartGuardian starts one: argv is the path of a program that calls
// RunGuardian, and its arguments from argv[0] on.
func StartGuardian(argv, marks []string) (*Guardian, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, &StartError{OpStream, argv[0], cause(err)}
	}
	defer read.Close()
	process, err := forkGuardian(argv, read)
	if err != nil {
		write.Close()
		return nil, &StartError{OpExec, argv[0], cause(err)}
	}
	g := &Guardian{process: process, pipe: write}
	for _, mark := range marks {
		if err := g.tell("mark", mark); err != nil {
			_ = g.Close()
			return nil, err
		}
	}
	return g, nil
}

// Watch makes the guardian end the session of the process pid, and what Start
// gave that process as output tells it what has left the session.
func (g *Guardian) Watch(pid int, startTicks uint64) error {
	if p := children.find(pid); p != nil {
		for _, output := range p.names {
			if err := g.tell("output", strconv.Itoa(pid)+" "+output); err != nil {
				return err
			}
		}
	}
	return g.tell("watch", strconv.Itoa(pid)+" "+strconv.FormatUint(startTicks, 10))
}

// Forget undoes Watch, for a session that is gone: its leader's id may become
// somebody else's.
func (g *Guardian) Forget(pid int) error { return g.tell("forget", strconv.Itoa(pid)) }

// Restore makes the guardian give the terminal its settings back when this
// process is killed while it has changed them.
func (g *Guardian) Restore(t *Terminal) error { return t.entrust(g) }

// Remove makes the guardian delete a file once it has cleared up. An empty path
// is none.
func (g *Guardian) Remove(path string) error {
	if path == "" {
		return nil
	}
	return g.tell("remove", path)
}

// Close ends the guardian: it touches nothing.
func (g *Guardian) Close() error {
	err := g.tell("bye", "")
	g.pipe.Close()
	if _, errWait := g.process.Wait(); err == nil {
		err = errWait
	}
	forgetGuardian(g.process.Pid)
	return err
}

func (g *Guardian) tell(word, text string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := fmt.Fprintf(g.pipe, "%s %s\n", word, strconv.Quote(text)); err != nil {
		return fmt.Errorf("tell guardian: %w", cause(err))
	}
	return nil
}

// charge is what a guardian was told.
type charge struct {
	marks   []string
	watched map[int]uint64   // pid of a session's leader: its start ticks
	outputs map[int][]string // pid of a session's leader: names of its output streams
	files   []string
	// terminal is what restoreTerminal takes; "" is none.
	terminal string
	bye      bool
}

// readCharge reads until the other end is closed, however that comes.
func readCharge(in io.Reader) charge {
	c := charge{watched: map[int]uint64{}, outputs: map[int][]string{}}
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return c // what stands behind the last line end was cut off
		}
		word, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if text, err := strconv.Unquote(quoted); err == nil {
			c.take(word, text)
		}
	}
}

// take keeps one line; an unknown one means nothing.
func (c *charge) take(word, text string) {
	switch word {
	case "mark":
		c.marks = append(c.marks, text)
	case "watch":
		first, second, _ := strings.Cut(text, " ")
		pid, err := strconv.Atoi(first)
		ticks, errTicks := strconv.ParseUint(second, 10, 64)
		if err == nil && errTicks == nil && pid > 1 {
			c.watched[pid] = ticks
		}
	case "output":
		first, name, _ := strings.Cut(text, " ")
		if pid, err := strconv.Atoi(first); err == nil && name != "" {
			c.outputs[pid] = append(c.outputs[pid], name)
		}
	case "forget":
		if pid, err := strconv.Atoi(text); err == nil {
			delete(c.watched, pid)
			delete(c.outputs, pid)
		}
	case "remove":
		c.files = append(c.files, text)
	case "terminal":
		c.terminal = text
	case "bye":
		c.bye = true
	}
}

// RunGuardian is the life of a guardian; in is what StartGuardian gave it as
// standard input. It returns the exit status.
func RunGuardian(in io.Reader) int {
	settleGuardian()
	if in == os.Stdin {
		closeInherited()
	}
	c := readCharge(in)
	if c.bye {
		return 0
	}
	restoreTerminal(c.terminal)
	c.clearUp()
	for _, file := range c.files {
		_ = os.Remove(file)
	}
	return 0
}

// guardians are the pids of those that this process has started.
var guardians sync.Map // pid: nothing

func isGuardian(pid int) bool {
	_, ok := guardians.Load(pid)
	return ok
}

func forgetGuardian(pid int) { guardians.Delete(pid) }

// forkGuardian starts it in a session of its own, where a signal to devrun's
// process group does not reach it, with nothing open but its end of the pipe.
func forkGuardian(argv []string, in *os.File) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	children.starting.RLock()
	defer children.starting.RUnlock()
	guardian, err := os.StartProcess(argv[0], argv[1:], &os.ProcAttr{
		// Nothing of ours: it must not carry the marks that it looks for.
		Env: []string{"GOMAXPROCS=1"}, Dir: "/", Files: []*os.File{in, null, null},
		Sys: detached(),
	})
	if err == nil {
		guardians.Store(guardian.Pid, nil)
	}
	return guardian, err
}
