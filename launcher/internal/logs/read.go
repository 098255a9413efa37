package logs

import (
	"context"
	"io/fs"
	"time"
)

// pollEvery is how often a followed log is checked for more.
const pollEvery = 50 * time.Millisecond

// Query selects a part of a log.
type Query struct {
	Lines  int       // the last of each service's; 0 is all, less is none
	Since  time.Time // nothing older; zero is everything
	Last   bool      // nothing of the runs before the last
	Follow bool      // continues with later records until the context ends
}

// Read calls w with the records of the logs of services in dir, merged by time. A
// service without a log is left out; where none has any, the error is
// fs.ErrNotExist. An error of w is returned unchanged. With Follow it waits for
// logs to appear, and returns nil when ctx ends; without, ctx's error.
func Read(ctx context.Context, dir string, services []string, q Query, w func(Record) error) error {
	var cursors []*cursor
	defer func() {
		for _, c := range cursors {
			closeAll(c.files)
		}
	}()
	absent := 0
	for _, service := range services {
		c, err := openCursor(dir, service, q)
		if err != nil {
			return err
		}
		if len(c.files) == 0 {
			absent++
		}
		cursors = append(cursors, c)
	}
	if absent > 0 && absent == len(cursors) && !q.Follow {
		return &fs.PathError{Op: "open log", Path: cursors[0].path, Err: fs.ErrNotExist}
	}
	for more := true; more; {
		err := readAvailable(ctx, cursors, w)
		switch {
		case err != nil:
			return err
		case !q.Follow:
			return ctx.Err()
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			more = false
		}
	}
	return nil
}

// readAvailable calls w with the records that there are, the oldest first, until
// ctx ends.
func readAvailable(ctx context.Context, cursors []*cursor, w func(Record) error) error {
	for n := 0; ctx.Err() == nil; n++ {
		if n%4096 == 0 { // a log that never ends may not keep the others waiting
			for _, c := range cursors {
				c.dry = false
			}
		}
		oldest, err := oldestOf(cursors)
		if oldest == nil || err != nil {
			return err
		}
		oldest.ahead = false
		if err := w(oldest.head); err != nil {
			return err
		}
	}
	return nil
}

// oldestOf returns the cursor with the oldest record; nil where none has any.
func oldestOf(cursors []*cursor) (oldest *cursor, err error) {
	for _, c := range cursors {
		if c.dry {
			continue
		}
		found, err := c.peek()
		if err != nil {
			return nil, err
		}
		if found && (oldest == nil || c.head.Time.Before(oldest.head.Time)) {
			oldest = c
		}
	}
	return oldest, nil
}
