package launcher

import (
	"io"
	"strconv"

	"devrun/launcher/internal/logs"
)

// newJournal returns the journal of the service.
func (s *Supervisor) newJournal() *logs.Journal {
	return logs.NewJournal(logs.Options{OnError: func(err error) {
		s.run.say(Warn, "cannot write the log of %s: %v", s.svc.Name, err)
	}})
}

// keepsLog reports whether there is a log: not in a smoke run, and not without a
// state folder.
func (s *Supervisor) keepsLog() bool {
	return s.run.memory.Runs != nil && s.run.opts.StateDir != "" && s.run.opts.smoke == nil
}

// startJournal opens the log, once a process of the service was started.
func (s *Supervisor) startJournal() {
	if s.keepsLog() {
		_ = s.journal.Start(logs.Dir(s.run.opts.StateDir, s.run.opts.Project.Dir), s.logName()) // config has checked the name
	}
}

// logName returns the name of the log: another run of the project may have that of
// the service.
func (s *Supervisor) logName() string {
	if s.second {
		return s.svc.Name + "." + strconv.Itoa(s.endpoint.Port)
	}
	return s.svc.Name
}

// kept returns a stream of the service that is kept in its log as well.
func (s *Supervisor) kept(to io.Writer, source logs.Source) io.Writer {
	if !s.keepsLog() {
		return to
	}
	return s.journal.Stream(to, source)
}

// mark adds an event to the log.
func (s *Supervisor) mark(e Event) {
	if e.Level != Debug {
		s.journal.Event(e.Time, e.Message)
	}
}
