package logs

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// pollEvery is how often a followed log is looked at.
const pollEvery = 50 * time.Millisecond

// Query says what of a log is wanted.
type Query struct {
	Lines  int       // the last of each service's; 0 is all, less is none
	Since  time.Time // nothing older; zero is everything
	Follow bool      // goes on with what comes, until the context ends
}

// Read calls w with the records of one service's log, in order. It returns an
// error of w as it is; its own are *FileErrors, with fs.ErrNotExist for a log
// that is not there where Follow is not set. With Follow it waits for one, and
// returns nil when ctx ends; without it, ctx's error.
func Read(ctx context.Context, dir, service string, q Query, w func(Record) error) error {
	return ReadAll(ctx, dir, []string{service}, q, w)
}

// ReadAll is Read for several services, whose records it merges by time. A
// service without a log is left out, unless none has any.
func ReadAll(ctx context.Context, dir string, services []string, q Query, w func(Record) error) error {
	cursors := make([]*cursor, 0, len(services))
	defer func() {
		for _, c := range cursors {
			c.close()
		}
	}()
	var absent error
	for _, service := range services {
		c, err := openCursor(dir, service, q)
		if err != nil && (!errors.Is(err, fs.ErrNotExist) || c == nil) {
			return err
		}
		if err != nil {
			absent = err
		}
		cursors = append(cursors, c)
	}
	if absent != nil && !q.Follow && allAbsent(cursors) {
		return absent
	}
	for {
		more, err := pass(ctx, cursors, w)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			if q.Follow {
				return nil
			}
			return ctx.Err()
		case more:
			continue
		case !q.Follow:
			return nil
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func allAbsent(cursors []*cursor) bool {
	for _, c := range cursors {
		if c.f != nil {
			return false
		}
	}
	return true
}

// maxPass bounds the records of a pass: meanwhile the logs that had nothing new
// at its start are not looked at.
const maxPass = 4096

// pass passes on what is there, the oldest first, and reports whether there may
// be more.
func pass(ctx context.Context, cursors []*cursor, w func(Record) error) (more bool, err error) {
	live := slices.Clone(cursors)
	for range maxPass {
		var oldest *cursor
		n := 0
		for _, c := range live {
			there, err := c.peek()
			if err != nil {
				return false, err
			}
			if !there {
				continue
			}
			live[n] = c
			n++
			if oldest == nil || c.head.Time.Before(oldest.head.Time) {
				oldest = c
			}
		}
		if live = live[:n]; oldest == nil || ctx.Err() != nil {
			return false, nil
		}
		oldest.ahead = false
		if err := w(oldest.head); err != nil {
			return false, err
		}
	}
	return true, nil
}
