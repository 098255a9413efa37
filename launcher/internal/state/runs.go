package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// version of the record's format; files of a later one are left alone.
const version = 1

// Runs is the folder of run records. Each run writes only its own file, so
// no lock is needed and a damaged file loses nobody else's record.
type Runs struct{ dir string }

// DirError is a state folder or file that cannot be used. The run can go on
// without it.
type DirError struct {
	Op, Path string
	Err      error
}

func (e *DirError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the system's error.
func (e *DirError) Unwrap() error { return e.Err }

// OpenRuns makes the folder, mode 0700, when it is not there. Its error is a
// *DirError.
func OpenRuns(dir string) (*Runs, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &DirError{Op: "create state folder", Path: dir, Err: cause(err)}
	}
	return &Runs{dir: dir}, nil
}

// Path returns the file of the run named id.
func (r *Runs) Path(id string) string { return filepath.Join(r.dir, id+".json") }

// Write replaces the run's record as a whole: a reader sees the old one or the
// new one. Its error is a *DirError.
func (r *Runs) Write(rec Record) error {
	rec.Version = version
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode run record: %w", err)
	}
	path := r.Path(rec.ID)
	temp := path + ".tmp" // one writer per run, so the name is not contended
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return &DirError{Op: "write run record", Path: temp, Err: cause(err)}
	}
	if err := os.Rename(temp, path); err != nil {
		return &DirError{Op: "write run record", Path: path, Err: cause(err)}
	}
	return nil
}

// Has reports whether the run named id has a record.
func (r *Runs) Has(id string) bool {
	_, err := os.Lstat(r.Path(id))
	return err == nil
}

// Remove deletes the record; one that is gone already is no error.
func (r *Runs) Remove(id string) error {
	err := os.Remove(r.Path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &DirError{Op: "remove run record", Path: r.Path(id), Err: cause(err)}
	}
	return nil
}

// List returns every readable record, also those of runs that have crashed:
// whether a run is alive is for the caller to check by PID and StartTicks.
// Files that hold no record are renamed to NAME.bad and named in the error,
// beside which the other records are still returned.
func (r *Runs) List() ([]Record, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, &DirError{Op: "read state folder", Path: r.dir, Err: cause(err)}
	}
	var records []Record
	var problems []error
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		path := filepath.Join(r.dir, entry.Name())
		rec, err := read(path)
		var syntax *DirError
		switch {
		case errors.Is(err, fs.ErrNotExist): // its run has just ended
		case errors.As(err, &syntax):
			problems = append(problems, err)
		case rec.Version == version:
			records = append(records, rec)
		}
	}
	return records, errors.Join(problems...)
}

// read returns the record in path, setting a damaged file aside.
func read(path string) (Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, &DirError{Op: "read run record", Path: path, Err: cause(err)}
	}
	var rec Record
	if err := json.Unmarshal(data, &rec); err != nil {
		if errAside := os.Rename(path, path+".bad"); errAside != nil {
			err = errors.Join(err, errAside)
		}
		return Record{}, &DirError{Op: "set aside damaged run record", Path: path + ".bad", Err: err}
	}
	return rec, nil
}

// cause drops the operation and path that a DirError states itself.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		return linkErr.Err
	}
	return err
}
