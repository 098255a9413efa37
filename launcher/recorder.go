package launcher

import (
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/runs"
)

// gather is how long changes of the record wait for others, to be written with
// them: where many services start together each changes it twice.
const gather = 3 * time.Millisecond

// recorder keeps the record of this run, by which other commands find it. Changes
// are written by a goroutine of its own, many at once where they come together:
// nobody waits for a file.
type recorder struct {
	mu     sync.Mutex // guards what follows
	rec    runs.Record
	folder *runs.Folder  // nil: nothing is written
	dirty  chan struct{} // has a value while changes wait
	over   chan struct{} // closed to end the writing
	done   chan struct{} // closed when that has ended
}

func newRecorder(opts Options) *recorder {
	r := &recorder{rec: runs.New(), dirty: make(chan struct{}, 1), over: make(chan struct{}), done: make(chan struct{})}
	r.rec.Project, r.rec.Dir, r.rec.Smoke = opts.Project.Name, opts.Project.Dir, opts.Smoke != nil
	for _, svc := range opts.Services {
		r.rec.Services = append(r.rec.Services, recordOf(svc))
	}
	return r
}

// begin writes the record for the first time, and after that each change that was
// made meanwhile.
func (r *recorder) begin(folder *runs.Folder) error {
	if folder == nil {
		return nil
	}
	r.writeTo(folder)
	if err := folder.Write(r.record()); err != nil {
		r.writeTo(nil)
		return err
	}
	// Ends with end.
	go r.write(folder)
	return nil
}

// writeTo has changes written to a folder from now on; nil writes none.
func (r *recorder) writeTo(folder *runs.Folder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.folder = folder
}

// record is a copy of the record as it is now.
func (r *recorder) record() runs.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.rec
	rec.Services = slices.Clone(rec.Services)
	return rec
}

// change changes the record, and has it written soon.
func (r *recorder) change(do func(*runs.Record)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(&r.rec)
	if r.folder == nil {
		return
	}
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// write writes the record after changes. One that cannot be written was reported
// when it was made.
func (r *recorder) write(folder *runs.Folder) {
	defer close(r.done)
	for {
		select {
		case <-r.dirty:
		case <-r.over:
			return
		}
		select {
		case <-time.After(gather):
		case <-r.over:
			return
		}
		select {
		case <-r.dirty: // what came meanwhile is written as well
		default:
		}
		_ = folder.Write(r.record())
	}
}

// service changes what is recorded of one service.
func (r *recorder) service(name string, do func(*runs.Service)) {
	r.change(func(rec *runs.Record) {
		for i := range rec.Services {
			if rec.Services[i].Name == name {
				do(&rec.Services[i])
			}
		}
	})
}

// add records a service, in the place of one that has its name.
func (r *recorder) add(svc runs.Service) {
	r.change(func(rec *runs.Record) {
		if i := slices.IndexFunc(rec.Services, func(s runs.Service) bool { return s.Name == svc.Name }); i >= 0 {
			rec.Services[i] = svc
			return
		}
		rec.Services = append(rec.Services, svc)
	})
}

// remove drops a service from the record.
func (r *recorder) remove(name string) {
	r.change(func(rec *runs.Record) {
		rec.Services = slices.DeleteFunc(rec.Services, func(s runs.Service) bool { return s.Name == name })
	})
}

// end removes the record.
func (r *recorder) end() {
	r.mu.Lock()
	folder := r.folder
	r.folder = nil
	r.mu.Unlock()
	if folder == nil {
		return
	}
	close(r.over)
	<-r.done
	_ = folder.Remove(r.rec.ID)
}
