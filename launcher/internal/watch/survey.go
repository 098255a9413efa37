package watch

import (
	"context"
	"hash/maphash"
	"slices"
	"time"
)

// The survey learns in the background what the project's files hold, one
// folder at a time: first sizes and times of all, then the content of files
// up to surveyFile bytes until surveyTotal bytes have been read.
const (
	surveyFile  = 1 << 20
	surveyTotal = 128 << 20
)

type survey struct {
	seed  maphash.Seed
	stat  []*dir // folders whose files are to be looked at
	read  []*dir // and then read
	out   bool   // a job is with the surveyor
	bytes int64
	files int
	hash  int
	said  bool
}

// A surveyJob is a folder on its way to the surveyor and back. files is a
// copy, so the two goroutines share nothing but what never changes.
type surveyJob struct {
	d     *dir
	read  bool
	files []file
	bytes int64
}

func (s *survey) add(d *dir) {
	if len(d.files) > 0 {
		s.stat = append(s.stat, d)
	}
}

// next returns a job if there is one to send.
func (s *survey) next(l *loop) (surveyJob, bool) {
	for !s.out {
		queue, read := &s.stat, false
		if len(*queue) == 0 {
			if s.bytes >= surveyTotal {
				s.read = nil
			}
			queue, read = &s.read, true
		}
		if len(*queue) == 0 {
			if !s.said {
				s.said = true
				l.emit(Baseline{Files: s.files, Hashed: s.hash, Bytes: s.bytes, Took: time.Since(l.start)})
			}
			break
		}
		d := (*queue)[0]
		if l.dirs[d.path] == d {
			return surveyJob{d: d, read: read, files: slices.Clone(d.files)}, true
		}
		*queue = (*queue)[1:]
	}
	return surveyJob{}, false
}

// taken says that the job of next was sent.
func (s *survey) taken() {
	s.out = true
	if len(s.stat) > 0 {
		if s.stat[0].since != 0 { // nothing is fetched over a network
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

// merge takes over what the surveyor found, except for files that have been
// touched. What has changed since watching began is no baseline but a change.
func (s *survey) merge(l *loop, r surveyJob) {
	s.out = false
	s.bytes += r.bytes
	if l.dirs[r.d.path] != r.d {
		return
	}
	for _, f := range r.files {
		i, ok := find(r.d.files, f.name)
		if !ok {
			continue
		}
		path := join(r.d.path, f.name)
		if _, ok := l.dirty[path]; ok {
			continue
		}
		switch c := &r.d.files[i].content; {
		case f.size == unknownSize || c.hash != 0:
		case c.size == unknownSize && !r.d.news(f.ctime):
			*c = f.content
			s.files++
			if c.hash != 0 {
				s.hash++
			}
		case c.size == f.size && c.mtime == f.mtime && c.ctime == f.ctime:
			if c.hash = f.hash; c.hash != 0 {
				s.hash++
			}
		default:
			l.mark(path, hitData)
		}
	}
}

// surveyor does the jobs. While it reads it works half of the time only, so
// that a service which starts meanwhile has the disk.
func surveyor(ctx context.Context, h *hasher, jobs <-chan surveyJob, results chan<- surveyJob) {
	var busy time.Duration
	for {
		var j surveyJob
		select {
		case <-ctx.Done():
			return
		case j = <-jobs:
		}
		start := time.Now()
		j.do(ctx, h)
		if busy += time.Since(start); j.read && busy > 10*time.Millisecond {
			select {
			case <-ctx.Done():
				return
			case <-time.After(busy):
			}
			busy = 0
		}
		select {
		case <-ctx.Done():
			return
		case results <- j:
		}
	}
}

func (j *surveyJob) do(ctx context.Context, h *hasher) {
	if j.read {
		for i := range j.files {
			f := &j.files[i]
			if f.hash != 0 || f.size < 0 || f.size > surveyFile || ctx.Err() != nil {
				continue
			}
			c, kind := h.read(join(j.d.path, f.name), false, surveyFile)
			if kind != kindFile {
				continue // its removal is an event
			}
			f.content = c
			j.bytes += c.size
		}
		return
	}
	dir, err := openDir(j.d.path)
	if err != nil {
		return
	}
	defer dir.Close()
	for i := range j.files {
		f := &j.files[i]
		m, err := lstatIn(dir, f.name)
		if err != nil || m.kind != kindFile && m.kind != kindLink {
			continue
		}
		f.size, f.mtime, f.ctime = m.size, m.mtime, m.ctime
		if m.kind == kindLink {
			f.hash = h.link(join(j.d.path, f.name))
		}
	}
}
