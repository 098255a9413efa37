package service

import (
	"path/filepath"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/watch"
)

// noMatch warns of a glob that may be misspelt. Of several folders not each has
// files for each glob. It is shown as it is written.
func (w *watching) noMatch(n watch.Notice) {
	own := w.svc.Watch
	if len(own.Include) > 0 && len(own.Paths) < 2 || len(own.Include) == 0 {
		glob := n.Detail
		for _, path := range own.Paths {
			if everythingIn(filepath.ToSlash(relativeTo(w.root, path))) == glob {
				glob = path
			}
		}
		w.notice(event.Warn, "the glob %s matches no file yet", shorten(glob))
	}
}
