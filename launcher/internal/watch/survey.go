package watch

import (
	"slices"
	"time"
)

// The survey reads the project's files in the background, one folder at a time: first sizes and times of all, then the content of files up
// to surveyFile bytes until surveyTotal bytes have been read.
const (
	surveyFile  = 1 << 20
	surveyTotal = 128 << 20
)

type survey struct {
	stat  []*dir // folders whose files need sizes and times
	read  []*dir // and then their content
	out   bool   // the surveyor has a job
	bytes int64
	ended bool
}

func (s *survey) add(d *dir) {
	if len(d.files) > 0 {
		s.stat = append(s.stat, d)
	}
}

// next returns a job if there is one to send.
func (s *survey) next(x *index) (surveyJob, bool) {
	for !s.out {
		queue, read := &s.stat, false
		if len(*queue) == 0 {
			if s.bytes >= surveyTotal {
				s.read = nil
			}
			queue, read = &s.read, true
		}
		if len(*queue) == 0 {
			break
		}
		d := (*queue)[0]
		if x.dirs[d.path] == d {
			return surveyJob{d: d, listing: d.listing, read: read, files: slices.Clone(d.files)}, true
		}
		*queue = (*queue)[1:]
	}
	return surveyJob{}, false
}

// sent notes that the job of next was sent.
func (s *survey) sent() {
	s.out = true
	if len(s.stat) > 0 {
		if s.stat[0].since != 0 { // files on a network are not read
			s.read = append(s.read, s.stat[0])
		}
		s.stat = s.stat[1:]
	} else {
		s.read = s.read[1:]
	}
	if len(s.stat) == 0 {
		s.stat = nil
	}
	if len(s.read) == 0 {
		s.read = nil
	}
}

// finish reports, once, that all jobs are done.
func (s *survey) finish() bool {
	if s.out || s.ended || len(s.stat)+len(s.read) > 0 {
		return false
	}
	s.ended = true
	return true
}

func (s *survey) baseline(x *index, took time.Duration) Baseline {
	b := Baseline{Bytes: s.bytes, Took: took}
	for _, d := range x.dirs {
		for i := range d.files {
			if d.files[i].size != unknownSize {
				b.Files++
			}
			if d.files[i].hash != 0 {
				b.Hashed++
			}
		}
	}
	return b
}

// merge stores what the surveyor found, except for files that have been touched.
func (s *survey) merge(x *index, r surveyJob) {
	s.out = false
	s.bytes += r.bytes
	d := r.d
	if x.dirs[d.path] != d {
		return
	}
	if r.read {
		d.listing = nil
	}
	rejected := func(f file) bool {
		i, ok := find(d.files, f.name)
		return !ok || !x.accepts(d, d.files[i].content, f)
	}
	if r.listing != nil && len(r.files) == len(d.files) && !slices.ContainsFunc(r.files, rejected) {
		d.files, d.shared = r.files, true
		return
	}
	d.own()
	for _, f := range r.files {
		if !rejected(f) {
			i, _ := find(d.files, f.name)
			d.files[i] = f
		}
	}
}

// accepts reports whether f may replace c in the index. A change since watching
// began is touched instead.
func (x *index) accepts(d *dir, c content, f file) bool {
	if len(x.burst.suspects) > 0 {
		if _, ok := x.burst.suspects[join(d.path, f.name)]; ok {
			return false
		}
	}
	switch {
	case c == f.content:
		return true
	case f.size == unknownSize || c.hash != 0:
		return false
	case c.size == unknownSize && !d.isNew(f.ctime), c.size == f.size && c.mtime == f.mtime && c.ctime == f.ctime:
		return true
	}
	x.touch(join(d.path, f.name), hitData)
	return false
}
