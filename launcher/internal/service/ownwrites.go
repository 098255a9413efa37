package service

import (
	"slices"
	"time"
)

// loopRounds is how many starts in a row a service must have changed the same
// watched files in to be caught.
const loopRounds = 3

// ownWrites recognises a service that changes watched files while it starts,
// so that every start would cause the next. Its zero value has seen nothing.
type ownWrites struct {
	files  []string      // that changed in each round
	offset time.Duration // after the start, at most
	rounds int           // in a row
}

// caught reports whether the files are known to be the service's own doing.
func (o *ownWrites) caught() bool { return o.rounds >= loopRounds }

// expects reports whether a change of these files, so long after the start, is
// what the service does at each start.
func (o *ownWrites) expects(files []string, offset time.Duration) bool {
	return o.caught() && offset <= slack(o.offset) && subset(files, o.files)
}

// note takes down a change that causes a restart: whether it may be the
// service's own doing, and how long after the start it came. It reports whether
// the service is caught by it.
func (o *ownWrites) note(files []string, offset time.Duration, own bool) bool {
	switch {
	case !own && o.caught() && !slices.ContainsFunc(files, func(file string) bool { return slices.Contains(o.files, file) }):
		return false // that it writes those is as true as before
	case !own:
		*o = ownWrites{}
		return false
	case o.caught(): // it goes on for longer, or with more files, than was known
		o.offset = max(o.offset, offset)
		for _, file := range files {
			if !slices.Contains(o.files, file) {
				o.files = append(o.files, file)
			}
		}
		return false
	}
	again := slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !slices.Contains(o.files, file) })
	if len(again) == 0 || offset > slack(o.offset) || o.offset > slack(offset) {
		*o = ownWrites{files: slices.Clone(files), offset: offset, rounds: 1}
		return false
	}
	o.files, o.offset = again, max(o.offset, offset)
	o.rounds++
	return o.caught()
}

// slack allows for a machine that is busier at one start than at another.
func slack(offset time.Duration) time.Duration {
	return offset + offset/4 + 250*time.Millisecond
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(file string) bool { return !slices.Contains(all, file) })
}
