package launcher

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/state"
)

// memory is what devrun remembers between runs and knows of other live runs.
// Its zero value remembers nothing: a run goes on without it.
type memory struct {
	book *port.Book
	runs *state.Runs
}

// openMemory opens the state folder. With an error that folder, or a part of
// it, cannot be used, and what is returned remembers less or nothing.
func openMemory(dir string) (memory, error) {
	if dir == "" {
		return memory{}, nil
	}
	runs, err := state.OpenRuns(filepath.Join(dir, "runs"))
	if err != nil {
		return memory{}, err
	}
	book, err := port.OpenBook(filepath.Join(dir, "ports"))
	if err != nil {
		return memory{runs: runs}, err
	}
	return memory{book: book, runs: runs}, nil
}

// peekMemory is openMemory for one that only looks: it makes no folder.
func peekMemory(dir string) (memory, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return memory{}, nil
	}
	return openMemory(dir)
}

// assignment returns the remembered port of a service; none is no error.
func (m memory) assignment(project, service string) (port.Assignment, bool, error) {
	if m.book == nil {
		return port.Assignment{}, false, nil
	}
	a, err := m.book.Load(project, service)
	if errors.Is(err, fs.ErrNotExist) {
		return port.Assignment{}, false, nil
	}
	return a, err == nil, err
}

func (m memory) remember(a port.Assignment) error {
	if m.book == nil {
		return nil
	}
	return m.book.Save(a)
}

func (m memory) writeRun(rec state.Record) error {
	if m.runs == nil {
		return nil
	}
	return m.runs.Write(rec)
}

func (m memory) forgetRun(id string) {
	if m.runs != nil {
		_ = m.runs.Remove(id)
	}
}

// runPath is the file of a run's record, "" without memory.
func (m memory) runPath(id string) string {
	if m.runs == nil {
		return ""
	}
	return m.runs.Path(id)
}

// socketPath is where a run can be asked, "" without memory.
func (m memory) socketPath(id string) string {
	if m.runs == nil {
		return ""
	}
	return strings.TrimSuffix(m.runs.Path(id), ".json") + ".sock"
}

// liveRun returns the run that pid belongs to: as devrun itself, or as the
// main process of one of its services. A record whose devrun is gone, or whose
// pid is another process's by now, does not count.
func (m memory) liveRun(pid int) (state.Record, bool) {
	if m.runs == nil || pid == 0 {
		return state.Record{}, false
	}
	records, _ := m.runs.List() // damaged ones are set aside, and reported where they are listed
	for _, rec := range records {
		if has(rec, pid) && alive(rec) {
			return rec, true
		}
	}
	return state.Record{}, false
}

func has(rec state.Record, pid int) bool {
	return rec.PID == pid || slices.ContainsFunc(rec.Services, func(s state.Service) bool { return s.PID == pid && current(s) })
}

// current reports whether the recorded pid is still that of the service's main
// process.
func current(s state.Service) bool {
	if s.PID == 0 {
		return false
	}
	ticks, err := process.StartTicks(s.PID)
	return err == nil && (s.StartTicks == 0 || ticks == s.StartTicks)
}

// alive reports whether the devrun that wrote rec still runs here.
func alive(rec state.Record) bool { return fateOf(rec) == fateRunning }

// fate is what has become of the devrun that wrote a record.
type fate int

const (
	fateRunning fate = iota
	fateEnded
	fateUnknown // it may run on another machine or in another container
)

// fateOf compares what identifies a process: which, since when, and where.
func fateOf(rec state.Record) fate {
	p, err := portowner.Describe(rec.PID)
	boot := machine.BootID()
	sameBoot := rec.BootID == "" || boot == "" || rec.BootID == boot
	switch {
	case err == nil && p.StartTicks == rec.StartTicks && sameBoot:
		return fateRunning
	case rec.Host != "" && rec.Host != hostName():
		return fateUnknown
	case err == nil || errors.Is(err, fs.ErrNotExist) || !sameBoot:
		return fateEnded
	}
	return fateUnknown
}

// hostName is this machine's name, "" when it has none.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
