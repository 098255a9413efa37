//go:build unix

package cmdline

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"devrun/launcher/internal/diag"
)

// TestEveryRemedy makes the situation of each problem for real, pastes each remedy
// that devrun offers into a shell, and holds that it is understood and that the
// problem is gone.
func TestEveryRemedy(t *testing.T) {
	t.Parallel()
	params, reported := scriptParams(filepath.Join("testdata", "remedy"))
	r := &remedies{found: map[string]offer{}, pasted: map[string]bool{}}
	params.Cmds["asks"], params.Cmds["acts"] = r.asks, r.acts
	t.Cleanup(func() {
		reported.check(t, params.Dir)
		for key, o := range r.found {
			switch {
			case o.kind == unsafe:
				t.Logf("%s: not safe to run", key)
			case !r.pasted[key] && !t.Failed():
				t.Errorf("%s: no script runs it", key)
			}
		}
	})
	testscript.Run(t, params)
}

// offer is a remedy as a user sees it.
type offer struct {
	line string
	file string // the config file that the line belongs in; empty: it is a command
	kind purpose
}

// purpose is what a remedy does.
type purpose string

const (
	asking     purpose = "asks"     // it shows something, and changes nothing
	running    purpose = "runs"     // it runs the service in another way
	restarting purpose = "restarts" // it starts the service of the running devrun again
	repairing  purpose = "repairs"  // it changes something; the same command works then
	unsafe     purpose = "unsafe"   // it changes this machine
)

// key is the same in all scripts.
func (o offer) key(code string) string {
	return code + ": " + regexp.MustCompile(`[0-9]+`).ReplaceAllString(o.line, "N")
}

// remedies are those that the situations have offered, by their keys.
type remedies struct {
	mu     sync.Mutex
	found  map[string]offer
	pasted map[string]bool
}

var (
	unsafeLine = regexp.MustCompile(`^sudo |sysctl|netsh`)
	askingLine = regexp.MustCompile(`^devrun (explain|why|logs|ps|doctor|check|schema)\b|^(ls|file|findmnt|head|command|nft|coredumpctl) |^git config |^cd |^[A-Z]+=`)
	runLine    = regexp.MustCompile(`^devrun( smoke)?( -|$| [a-z]+$)`)
)

func remedyKind(line, file string) purpose {
	switch {
	case file != "", strings.HasSuffix(line, " --fix"):
		return repairing
	case unsafeLine.MatchString(line):
		return unsafe
	case askingLine.MatchString(line):
		return asking
	case strings.HasPrefix(line+" ", "devrun restart "):
		return restarting
	case strings.HasPrefix(line, "devrun stop "):
		return repairing
	case runLine.MatchString(line):
		return running
	}
	return repairing
}

// offered are the remedies of the last problem with code in source: a JSON log, or
// stdout or stderr of the last command.
func offered(ts *testscript.TestScript, source, code string) []offer {
	type problem struct {
		Code     string
		Remedies []struct{ Command, Why string }
	}
	var last problem
	text := ts.ReadFile(source)
	for line := range strings.Lines(text) {
		var e struct {
			problem
			Problem problem // of devrun why
		}
		if json.Unmarshal([]byte(line), &e) != nil {
			continue
		}
		for _, p := range []problem{e.problem, e.Problem} {
			if p.Code == code && (len(p.Remedies) > 0 || last.Code == "") { // what is referred to has been said
				last = p
			}
		}
	}
	var list []offer
	for _, r := range last.Remedies {
		file := ""
		if rest, ok := strings.CutPrefix(r.Why, "in "); ok {
			file, _, _ = strings.Cut(rest, ":")
		}
		if file != diag.ItsCode { // run_wide has an example
			list = append(list, offer{r.Command, file, remedyKind(r.Command, file)})
		}
	}
	if last.Code == "" && reported(text, code) {
		list = printedRemedies(text)
	}
	if len(list) == 0 {
		ts.Fatalf("%s has no remedy for %s:\n%s", source, code, text)
	}
	return list
}

// printedRemedies reads remedies as people do: they begin in one column, and end at
// two spaces.
func printedRemedies(text string) []offer {
	var list []offer
	column := 0
	for line := range strings.Lines(text) {
		if at := regexp.MustCompile(`^  try +`).FindString(line); at != "" {
			column = len(at)
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if column == 0 || indent != column && !strings.HasPrefix(line, "  try") {
			continue
		}
		command, _, _ := strings.Cut(strings.TrimSpace(line[column:]), "  ")
		list = append(list, offer{command, "", remedyKind(command, "")})
	}
	return list
}

// asks SOURCE CODE [LOG] pastes the remedies that ask something or restart the
// service, while the devrun with the problem still runs. LOG is that devrun's, if
// SOURCE is not.
func (r *remedies) asks(ts *testscript.TestScript, neg bool, args []string) {
	source, code, log := args[0], args[1], args[len(args)-1]
	if log == code {
		log = source
	}
	for _, o := range r.of(ts, source, code, asking, restarting) {
		if o.kind == restarting {
			r.restart(ts, o, log, code)
			r.done(code, o)
			continue
		}
		p := paste(ts, o.line, func(p *pasted) bool { return p.output() != "" })
		if p.status == 127 {
			_, err := exec.LookPath(strings.Fields(o.line)[0])
			if err == nil {
				ts.Fatalf("%s ended with status 127:\n%s", o.line, p.output())
			}
			ts.Logf("not run: %v", err)
			r.done(code, o)
			continue
		}
		// Problems with the status of a usage error have a code.
		if p.status == exitUsage && !reported(p.output(), code) || p.status == 126 {
			ts.Fatalf("%s ended with status %d:\n%s", o.line, p.status, p.output())
		}
		r.done(code, o)
	}
}

// done records that a remedy was run.
func (r *remedies) done(code string, o offer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pasted[o.key(code)] = true
}

// restart holds that a restart of the running service ends well.
func (r *remedies) restart(ts *testscript.TestScript, o offer, log, code string) {
	before := ts.ReadFile(log)
	p := paste(ts, o.line, nil)
	if p.status != 0 {
		ts.Fatalf("%s ended with status %d:\n%s", o.line, p.status, p.output())
	}
	starts := countEvents(ts, before, "ready", nil)
	until(ts, "the end of "+o.line, func() bool { return countEvents(ts, ts.ReadFile(log), "ready", nil) > starts })
	after := ts.ReadFile(log)[len(before):]
	if countEvents(ts, after, "problem", []string{"code=" + code}) > 0 {
		ts.Fatalf("%s led to %s again:\n%s", o.line, code, after)
	}
}

// acts SOURCE CODE COMMAND… pastes the other remedies, after the devrun with the
// problem has ended. COMMAND had the problem, and must not have it any more after
// a repair. With -save FILE before, FILE is saved three times while a command runs.
func (r *remedies) acts(ts *testscript.TestScript, neg bool, args []string) {
	save := ""
	if args[0] == "-save" {
		save, args = ts.MkAbs(args[1]), args[2:]
	}
	source, code, command := args[0], args[1], strings.Join(args[2:], " ")
	repaired := false
	for _, o := range r.of(ts, source, code, running, repairing) {
		if o.kind == running {
			solved(ts, o.line, code, save)
			r.done(code, o)
			continue
		}
		if o.file != "" { // each edit by itself
			before := ts.ReadFile(o.file)
			edit(ts, o)
			solved(ts, command, code, save)
			ts.Check(os.WriteFile(ts.MkAbs(o.file), []byte(before), 0o644))
			r.done(code, o)
			continue
		}
		if repaired { // another takes another script
			continue
		}
		repaired = true
		if p := paste(ts, strings.Replace(o.line, "devrun free ", "devrun free --yes ", 1), nil); p.status != 0 { // nobody answers its question
			ts.Fatalf("%s ended with status %d:\n%s", o.line, p.status, p.output())
		}
		awaitKilled(ts, o.line)
		r.done(code, o)
	}
	if repaired {
		solved(ts, command, code, save)
	}
}

// of are the remedies of these kinds, with those that run the service in another
// way first.
func (r *remedies) of(ts *testscript.TestScript, source, code string, kinds ...purpose) []offer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []offer
	for _, o := range offered(ts, source, code) {
		r.found[o.key(code)] = o
		if slices.Contains(kinds, o.kind) {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b offer) int { return strings.Compare(string(b.kind), string(a.kind)) })
	return list
}

// solved runs a line of a devrun that must get ready without the problem.
func solved(ts *testscript.TestScript, line, code, save string) {
	saves := 0
	p := paste(ts, line, func(p *pasted) bool {
		ready := countEvents(ts, p.log(), "ready", nil)
		if save != "" && ready > saves && saves < 3 {
			saves = ready
			ts.Check(os.WriteFile(save, []byte{byte('0' + saves)}, 0o644))
			return false
		}
		return ready > saves || strings.Contains(p.log(), `"event":"problem"`)
	})
	log := p.log()
	if p.status == exitUsage || reported(p.output(), code) || countEvents(ts, log, "problem", []string{"code=" + code}) > 0 {
		ts.Fatalf("%s ended with status %d and leads to %s, or is not understood:\n%s", line, p.status, code, p.output())
	}
	if p.status != 0 || countEvents(ts, log, "ready", nil) == 0 && !strings.HasPrefix(line, "devrun smoke") {
		ts.Fatalf("%s ended with status %d and was perhaps never ready:\n%s", line, p.status, p.output())
	}
}

// edit puts a key of a service into a config file with one service.
func edit(ts *testscript.TestScript, o offer) {
	key, _, _ := strings.Cut(o.line, ":")
	text := ts.ReadFile(o.file)
	if old := regexp.MustCompile(`(?m)^    ` + key + `:.*$`); old.MatchString(text) {
		text = old.ReplaceAllLiteralString(text, "    "+o.line)
	} else {
		text += "    " + o.line + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(o.file), []byte(text), 0o644))
}

// awaitKilled waits for the end of the process that a line has killed, if it has.
func awaitKilled(ts *testscript.TestScript, line string) {
	if pid, ok := strings.CutPrefix(line, "kill "); ok {
		file := ts.MkAbs("killed")
		ts.Check(os.WriteFile(file, []byte(strings.TrimPrefix(pid, "-9 ")), 0o644))
		waitgone(ts, false, []string{file})
	}
}

// pasted is a line that a shell has run.
type pasted struct {
	dir    string
	status int
}

func (p *pasted) output() string { return p.read("output") }
func (p *pasted) log() string    { return p.read("log.json") }

func (p *pasted) read(name string) string {
	data, _ := os.ReadFile(filepath.Join(p.dir, name))
	return string(data)
}

// paste runs a line in a shell until it ends by itself, or until done is true: then
// it is terminated.
func paste(ts *testscript.TestScript, line string, done func(*pasted) bool) *pasted {
	dir, err := os.MkdirTemp("", "devrun-paste")
	ts.Check(err)
	ts.Defer(func() { os.RemoveAll(dir) })
	p := &pasted{dir: dir}
	out, err := os.Create(filepath.Join(dir, "output"))
	ts.Check(err)
	defer out.Close()
	ts.Check(ts.Exec("env"))
	cmd := exec.Command("sh", "-c", "trap : TERM\n"+line) // it waits for the command
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), out, out
	cmd.Env = append(strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n"), "DEVRUN_LOG_FILE="+filepath.Join(dir, "log.json"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	// Ends with the line.
	go func() { ended <- cmd.Wait() }()
	asked, hasEnded := false, false
	defer func() {
		if !hasEnded { // it takes too long
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	}()
	until(ts, "the end of "+line, func() bool {
		select {
		case err = <-ended:
			hasEnded = true
			return true
		default:
		}
		if !asked && done != nil && done(p) {
			asked = true
			syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		}
		return false
	})
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		p.status = exit.ExitCode()
	}
	ts.Logf("pasted %s: status %d\n%s", line, p.status, p.output())
	return p
}
