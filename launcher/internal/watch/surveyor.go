package watch

import (
	"context"
	"slices"
	"time"
)

// A surveyJob is a folder on its way to the surveyor and back. files is a
// copy, so the two goroutines share only fields that never change.
type surveyJob struct {
	d       *dir
	listing *listing // see dir.listing
	read    bool
	files   []file
	bytes   int64
}

// surveyor does the jobs. While it reads it works half of the time only, so
// that a service which starts meanwhile has the disk.
func surveyor(ctx context.Context, h *hasher, c *connection, jobs <-chan surveyJob, results chan<- surveyJob) {
	var busy time.Duration
	for {
		var j surveyJob
		select {
		case <-ctx.Done():
			return
		case j = <-jobs:
		}
		start := time.Now()
		j.do(ctx, h, c)
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

// do does the job, as far as no other Watcher has done it.
func (j *surveyJob) do(ctx context.Context, h *hasher, c *connection) {
	if j.listing == nil {
		j.find(ctx, h)
		return
	}
	j.listing.reading.Lock()
	defer j.listing.reading.Unlock()
	known := c.content(j.listing)
	if len(known) == len(j.files) && !slices.ContainsFunc(known, j.lacks) {
		j.files = known
		return
	}
	for i := range j.files {
		if k, ok := find(known, j.files[i].name); ok && j.lacks(j.files[i]) {
			j.files[i] = known[k]
		}
	}
	if slices.ContainsFunc(j.files, j.lacks) {
		j.find(ctx, h)
		j.files = c.learn(j.listing, j.files)
	}
}

// lacks reports whether f is part of the job.
func (j *surveyJob) lacks(f file) bool {
	if j.read {
		return f.hash == 0 && f.size >= 0 && f.size <= surveyFile
	}
	return f.size == unknownSize
}

func (j *surveyJob) find(ctx context.Context, h *hasher) {
	if j.read {
		j.readFiles(ctx, h)
	} else {
		j.statFiles(h)
	}
}

func (j *surveyJob) readFiles(ctx context.Context, h *hasher) {
	for i := range j.files {
		f := &j.files[i]
		if !j.lacks(*f) || ctx.Err() != nil {
			continue
		}
		c, kind := h.read(join(j.d.path, f.name), false, surveyFile)
		if kind != kindFile {
			continue // its removal is an event
		}
		f.content = c
		j.bytes += c.size
	}
}

func (j *surveyJob) statFiles(h *hasher) {
	dir, err := openDir(j.d.path)
	if err != nil {
		return
	}
	defer dir.Close()
	for i := range j.files {
		f := &j.files[i]
		if !j.lacks(*f) {
			continue
		}
		m, err := lstatIn(dir, f.name)
		if err != nil || m.kind != kindFile && m.kind != kindLink {
			continue
		}
		f.content = m.content()
		if m.kind == kindLink {
			f.hash = h.link(join(j.d.path, f.name))
		}
	}
}
