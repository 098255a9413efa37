package watch

import "context"

// A source notices changes in folders and puts them into an inbox.
type source interface {
	// watch begins or ends the watching of one folder, without those below. To
	// begin twice or to end what never began is no error. It may be called
	// while run runs.
	watch(dir string, on bool) error
	// run delivers until ctx ends. It returns after everything that it
	// started has ended.
	run(ctx context.Context)
}

var _, _ source = (*events)(nil), (*poller)(nil)
