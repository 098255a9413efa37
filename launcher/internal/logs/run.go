package logs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"devrun/launcher/internal/wholefile"
)

// Run is the run of devrun that wrote last to a log.
type Run struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Project string    `json:"project"`
	Dir     string    `json:"dir"`   // the project's folder
	Began   time.Time `json:"began"` // the run's first record is no older
}

const runVersion = 1

// runFolder is where the runs of the logs in dir are kept, beside them.
func runFolder(dir string) wholefile.Folder[Run] {
	return wholefile.Folder[Run]{Dir: dir, Kind: "last run", Decode: func(data []byte, _ string) (run Run, err error) {
		err = wholefile.Decode(data, runVersion, &run)
		return run, err
	}}
}

// save keeps r as the last run of a service. Without it, the log is read as a whole.
func (r Run) save(dir, service string) {
	r.Version = runVersion
	data, err := json.Marshal(r)
	if err == nil && os.MkdirAll(dir, 0o700) == nil {
		_ = runFolder(dir).Write(service+wholefile.Ext, data)
	}
}

// LastRun returns the last run of a service with a log in dir; ok is false where that
// is unknown.
func LastRun(dir, service string) (run Run, ok bool) {
	run, err := runFolder(dir).Read(service + wholefile.Ext)
	return run, err == nil
}

// Find returns the last run of a service of a project anywhere, by its name such as
// shop/api.
func Find(stateDir, name string) (run Run, service string, ok bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return run, "", false
	}
	dirs, _ := filepath.Glob(filepath.Join(stateDir, "logs", "*"))
	for _, dir := range dirs {
		if r, known := LastRun(dir, name[i+1:]); known && r.Project == name[:i] && (!ok || r.Began.After(run.Began)) {
			run, ok = r, true
		}
	}
	return run, name[i+1:], ok
}
