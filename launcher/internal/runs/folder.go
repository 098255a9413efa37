package runs

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"devrun/launcher/internal/wholefile"
)

// version of the record's format; files of a later one are left alone.
const version = 1

// Folder is the folder of run records. Each run writes only its own file. A nil
// *Folder has no records and keeps none.
type Folder struct{ wholefile.Folder[Record] }

// newFolder returns the folder dir, which need not exist.
func newFolder(dir string) *Folder {
	return &Folder{wholefile.Folder[Record]{Dir: dir, Kind: "run record", Decode: func(data []byte, _ string) (rec Record, err error) {
		err = wholefile.Decode(data, version, &rec)
		return rec, err
	}}}
}

// Path returns the file of a run's record; "" for a nil Folder.
func (f *Folder) Path(id string) string {
	if f == nil {
		return ""
	}
	return filepath.Join(f.Dir, id+wholefile.Ext)
}

// Socket returns where a run takes requests; "" for a nil Folder.
func (f *Folder) Socket(id string) string {
	if f == nil {
		return ""
	}
	return filepath.Join(f.Dir, id+".sock")
}

// Write replaces the run's record as a whole. Its error is a *wholefile.Error.
func (f *Folder) Write(rec Record) error {
	if f == nil {
		return nil
	}
	rec.Version = version
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode run record: %w", err)
	}
	return f.Folder.Write(rec.ID+wholefile.Ext, data)
}

// Get returns a run's record, also that of a run that has crashed. Its error is
// a *wholefile.ReadError, or wraps fs.ErrNotExist for no record or that of a newer
// devrun.
func (f *Folder) Get(id string) (Record, error) {
	if f == nil {
		return Record{}, fs.ErrNotExist
	}
	return f.Read(id + wholefile.Ext)
}

// Remove deletes a run's record, if there is one.
func (f *Folder) Remove(id string) error {
	if f == nil {
		return nil
	}
	return f.Folder.Remove(id + wholefile.Ext)
}

// List returns every record, also those of runs that have crashed, without those
// of newer devruns. Its errors are those of wholefile's List.
func (f *Folder) List() ([]Record, error) {
	if f == nil {
		return nil, nil
	}
	return f.Folder.List()
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
