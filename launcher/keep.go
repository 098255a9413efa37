package launcher

import (
	"io"
	"strconv"

	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/state"
)

// openLog opens the log in which what the service says is kept, also after its
// end. Without memory, or where it cannot be written, the service runs without.
func (s *Supervisor) openLog() {
	if s.run.memory.runs == nil || s.run.opts.StateDir == "" {
		return
	}
	name := s.svc.Name
	if s.second {
		name += "." + strconv.Itoa(s.endpoint.Port) // another run of the project has that log
	}
	log, err := logs.Open(logs.Dir(s.run.opts.StateDir, s.run.opts.Project.Dir), name, logs.Options{
		OnError: func(err error) { s.run.say(Warn, "what %s says is not kept: %v", s.svc.Name, err) },
	})
	if err != nil {
		s.notice(Debug, "what the service says is not kept: %v", err)
		return
	}
	s.log = log
	s.run.note(s.svc.Name, func(rec *state.Service) { rec.Log = name })
}

// kept is a stream of the service that is kept in its log as well. The log never
// fails it.
func (s *Supervisor) kept(to io.Writer, source logs.Source) io.Writer {
	if s.log == nil {
		return to
	}
	return tee{to, s.log.Stream(source)}
}

// tee writes to both; only the first one's error counts.
type tee struct{ to, copy io.Writer }

func (t tee) Write(p []byte) (int, error) {
	_, _ = t.copy.Write(p)
	return t.to.Write(p)
}

// mark takes down in the log what devrun does with the service.
func (s *Supervisor) mark(e Event) {
	if s.log == nil || e.Level == Debug {
		return
	}
	_, _ = io.WriteString(s.log.Stream(logs.Devrun), e.Message+"\n")
}
