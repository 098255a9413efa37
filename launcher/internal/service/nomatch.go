package service

import (
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/watch"
)

// noMatch warns of a glob that may be misspelt. Of several folders not each has
// files for each glob.
func (w *watching) noMatch(n watch.Notice) {
	own := w.svc.Watch
	if len(own.Include) > 0 && len(own.Paths) < 2 || len(own.Include) == 0 {
		w.notice(event.Warn, "the glob %s matches no file yet", n.Detail)
	}
}
