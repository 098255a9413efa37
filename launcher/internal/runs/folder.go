package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// version of the record's format; files of a later one are left alone.
const version = 1

const recordExt = ".json"

// Folder is the folder of run records. Each run writes only its own file, so no
// lock is needed and a damaged file loses nobody else's record. A nil *Folder
// has no records and keeps none.
type Folder struct{ dir string }

// DirError is a folder or file of the state that cannot be used. A run can do
// without it.
type DirError struct {
	Op, Path string
	Err      error
}

func (e *DirError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the system's error.
func (e *DirError) Unwrap() error { return e.Err }

// RecordError is a record that could not be read.
type RecordError struct {
	Path    string
	MovedTo string // where a damaged record was set aside; empty for one that was left in place
	Err     error
}

func (e *RecordError) Error() string {
	if e.MovedTo == "" {
		return fmt.Sprintf("read run record %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read run record %s, moved to %s: %v", e.Path, filepath.Base(e.MovedTo), e.Err)
}

// Unwrap returns what is wrong with the record.
func (e *RecordError) Unwrap() error { return e.Err }

// Path returns the file of a run's record; "" for a nil Folder.
func (f *Folder) Path(id string) string {
	if f == nil {
		return ""
	}
	return filepath.Join(f.dir, id+recordExt)
}

// Socket returns where a run takes requests; "" for a nil Folder.
func (f *Folder) Socket(id string) string {
	if f == nil {
		return ""
	}
	return filepath.Join(f.dir, id+".sock")
}

// Write replaces the run's record as a whole: a reader sees the old one or the
// new one. Its error is a *DirError.
func (f *Folder) Write(rec Record) error {
	if f == nil {
		return nil
	}
	rec.Version = version
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode run record: %w", err)
	}
	path := f.Path(rec.ID)
	temp := path + ".tmp" // one writer per run, so the name is not contended
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return &DirError{Op: "write run record", Path: temp, Err: cause(err)}
	}
	if err := os.Rename(temp, path); err != nil {
		return &DirError{Op: "write run record", Path: path, Err: cause(err)}
	}
	return nil
}

// Get returns a run's record, also that of a run that has crashed. Its error is
// a *RecordError, or wraps fs.ErrNotExist for no record or that of a newer
// devrun.
func (f *Folder) Get(id string) (Record, error) {
	if f == nil {
		return Record{}, fs.ErrNotExist
	}
	return read(f.Path(id))
}

// Remove deletes a run's record, if there is one.
func (f *Folder) Remove(id string) error {
	if f == nil {
		return nil
	}
	err := os.Remove(f.Path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &DirError{Op: "remove run record", Path: f.Path(id), Err: cause(err)}
	}
	return nil
}

// List returns every record, also those of runs that have crashed, without those
// of newer devruns. Its error is a *DirError, or joins a *RecordError for each
// record that could not be read, beside which it returns the others. A damaged
// one is set aside, so that only one List returns its error.
func (f *Folder) List() ([]Record, error) {
	if f == nil {
		return nil, nil
	}
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &DirError{Op: "read state folder", Path: f.dir, Err: cause(err)}
	}
	var records []Record
	var problems []error
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), recordExt) {
			continue
		}
		switch rec, err := read(filepath.Join(f.dir, entry.Name())); {
		case err == nil:
			records = append(records, rec)
		case !errors.Is(err, fs.ErrNotExist): // else its run has just ended
			problems = append(problems, err)
		}
	}
	return records, errors.Join(problems...)
}

// Live returns the records of runs that are alive, the oldest first, without
// smoke runs. Its error is that of List.
func (f *Folder) Live() ([]Record, error) {
	records, err := f.List()
	records = slices.DeleteFunc(records, func(rec Record) bool { return rec.Smoke || !rec.Alive() })
	slices.SortFunc(records, func(a, b Record) int { return a.Started.Compare(b.Started) })
	return records, err
}

// Of returns the live run that pid belongs to: as devrun itself, or as the main
// process of one of its services.
func (f *Folder) Of(pid int) (Record, bool) {
	if pid == 0 {
		return Record{}, false
	}
	records, _ := f.List() // reported by the commands that list runs
	i := slices.IndexFunc(records, func(rec Record) bool { return rec.Has(pid) && rec.Alive() })
	if i < 0 {
		return Record{}, false
	}
	return records[i], true
}

// errNewer is a record that a later devrun has written, in a format unknown here.
var errNewer = fmt.Errorf("written by a newer devrun: %w", fs.ErrNotExist)

// read returns the record in path, setting a damaged file aside.
func read(path string) (Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, &RecordError{Path: path, Err: cause(err)}
	}
	rec, err := decode(data)
	switch {
	case err == nil:
		return rec, nil
	case errors.Is(err, errNewer):
		return Record{}, err
	}
	aside := path + ".bad"
	if errAside := os.Rename(path, aside); errAside != nil {
		err, aside = errors.Join(err, cause(errAside)), ""
	}
	return Record{}, &RecordError{Path: path, MovedTo: aside, Err: err}
}

// decode returns errNewer for a record of a later version; any other error means
// that it is damaged.
func decode(data []byte) (Record, error) {
	var header struct {
		Version int `json:"version"`
	}
	// A later version may have changed any other field, so the version is read
	// first and alone.
	if err := json.Unmarshal(data, &header); err != nil {
		return Record{}, err
	}
	switch {
	case header.Version > version:
		return Record{}, errNewer
	case header.Version < 1:
		return Record{}, fmt.Errorf("version %d is unknown", header.Version)
	}
	var rec Record
	err := json.Unmarshal(data, &rec)
	return rec, err
}

// cause drops the operation and path that an error of this package has itself.
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
