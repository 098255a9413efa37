package smoke

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/oserr"
	"devrun/launcher/internal/output"
)

const (
	// logLimit is how much of a flood the log holds; what the services said
	// last is added to it at the end.
	logLimit = 64 << 20
	// logsKept is how many logs of failed runs are kept.
	logsKept = 20
)

// runLog is the one file with everything that was said in a smoke run. Where
// it cannot be written the run goes on without.
type runLog struct {
	folder string // "" for none
	labels map[string]output.Label
	named  bool // lines say whose they are

	mu      sync.Mutex // guards what follows
	file    *os.File   // nil while nothing is written
	size    int64
	dropped int64
	midLine bool // the last line has no end yet
	said    bool // not by devrun alone
	err     error

	prefixes []*output.Prefix
}

// newLog is a log below the state folder, for services of these names.
func newLog(stateDir string, names []string) *runLog {
	l := &runLog{labels: map[string]output.Label{}, named: len(names) > 1}
	if stateDir != "" {
		l.folder = filepath.Join(stateDir, "smoke")
	}
	names = append(slices.Clone(names), "check")
	for i, label := range output.Labels(names, false) {
		l.labels[names[i]] = label
	}
	return l
}

// open begins the file.
func (l *runLog) open(project, id string) {
	if l.folder == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err = os.MkdirAll(l.folder, 0o700); l.err != nil {
		return
	}
	name := config.CleanName(filepath.Base(project)) + "-" + id + ".log"
	l.file, l.err = os.OpenFile(filepath.Join(l.folder, strings.TrimPrefix(name, "-")), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// stream is where one output stream of a service, or of a check, is written.
func (l *runLog) stream(name string) io.Writer {
	if !l.named && name != "check" {
		return l
	}
	prefix := output.NewPrefix(l, l.labels[name])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prefixes = append(l.prefixes, prefix)
	return prefix
}

// Write never fails: what cannot be written is counted.
func (l *runLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = l.said || len(p) > 0
	l.put(p)
	return len(p), nil
}

func (l *runLog) put(p []byte) {
	if l.file == nil || l.err != nil || l.size >= logLimit {
		l.dropped += int64(len(p))
		return
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	l.dropped += int64(len(p) - n)
	l.err = err
	l.midLine = !bytes.HasSuffix(p, []byte{'\n'})
}

// event writes what devrun has done.
func (l *runLog) event(at time.Duration, e event.Event) {
	message := e.Message
	if e.Service != "" {
		message = e.Service + ": " + message
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	start := ""
	if l.midLine {
		start = "\n"
	}
	l.put(fmt.Appendf(nil, "%sdevrun: %.3fs %s\n", start, at.Seconds(), message))
}

// spoken reports whether anybody but devrun has said anything.
func (l *runLog) spoken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said
}

// close ends the log and returns its path, "" where it is not kept, and why it
// is not whole. Tails are added to one that has not taken everything.
func (l *runLog) close(keep bool, tails []*smoked) (path string, err error) {
	l.mu.Lock()
	prefixes := l.prefixes
	l.mu.Unlock()
	for _, prefix := range prefixes {
		_ = prefix.Close() // writes what is left of a line, to Write above
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return "", oserr.Cause(l.err)
	}
	if keep && l.dropped > 0 && l.err == nil {
		text := fmt.Appendf(nil, "\ndevrun: %d bytes are left out here\n", l.dropped)
		for _, w := range tails {
			for _, line := range w.tail.Lines() {
				text = fmt.Appendf(text, "%s | %s\n", w.Name, line)
			}
		}
		_, l.err = l.file.Write(text)
	}
	path = l.file.Name()
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	if !keep {
		_ = os.Remove(path)
		path = ""
	} else {
		l.prune()
	}
	return path, oserr.Cause(l.err)
}

// prune removes the oldest logs. One that another run writes is among the newest.
func (l *runLog) prune() {
	entries, err := os.ReadDir(l.folder)
	if err != nil || len(entries) <= logsKept {
		return
	}
	age := func(e fs.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return age(b).Compare(age(a)) })
	for _, old := range entries[logsKept:] {
		_ = os.Remove(filepath.Join(l.folder, old.Name()))
	}
}
