package cmdline

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/oserr"
)

type printerOptions struct {
	Format   string // text or json
	Level    string
	Quiet    bool
	File     string // "" writes none
	Stderr   io.Writer
	Terminal bool              // Stderr is a terminal
	Width    func() int        // of that terminal in columns; 0 for none
	Typed    func() diag.Typed // for remedies; called for the first one

	// Above reports whether the last output of a service is on the screen, directly
	// above. It is called for problems, and nil before there are services.
	Above func(service string) bool
}

// printer writes events to stderr, as lines for people or as JSON, and to the
// log file as JSON.
type printer struct {
	text   bool
	named  atomic.Bool // text lines name their service
	typed  func() diag.Typed
	above  func(service string) bool
	color  bool
	width  func() int // of the terminal, which may change; 0 for none
	stderr zerolog.Logger
	log    zerolog.Logger
	file   *os.File
}

func newPrinter(opts printerOptions) (*printer, error) {
	level, err := zerolog.ParseLevel(opts.Level)
	if err != nil || level < zerolog.DebugLevel || level > zerolog.ErrorLevel {
		return nil, badValue("log-level", opts.Level, "want debug, info, warn or error")
	}
	p := &printer{log: zerolog.Nop(), typed: sync.OnceValue(opts.Typed), above: opts.Above, width: opts.Width}
	own := level
	if opts.Quiet {
		own = max(level, zerolog.WarnLevel)
	}
	switch opts.Format {
	case "json":
		p.stderr = zerolog.New(opts.Stderr).Level(own)
	case "text":
		p.text = true
		p.color = wantsColor(opts.Terminal)
		p.stderr = zerolog.New(zerolog.ConsoleWriter{ // the message alone, one on each line
			Out: opts.Stderr, NoColor: true, PartsOrder: []string{zerolog.MessageFieldName},
			FormatMessage: func(message any) string { return fmt.Sprint(message) },
		}).Level(own)
	default:
		return nil, badValue("log-format", opts.Format, "want text or json")
	}
	if opts.File != "" {
		p.file, err = os.OpenFile(opts.File, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, badValue("log-file", opts.File, oserr.Cause(err).Error())
		}
		p.log = zerolog.New(p.file).Level(level)
	}
	return p, nil
}

// nameServices makes text lines name their service.
func (p *printer) nameServices() { p.named.Store(true) }

// Close closes the log file; it fails if there is none.
func (p *printer) Close() error { return p.file.Close() }

// shows reports whether lines of a level are printed.
func (p *printer) shows(level event.Level) bool { return p.stderr.GetLevel() <= zerologLevel(level) }

// Print writes one event.
func (p *printer) Print(e event.Event) {
	if e.Problem != nil {
		e.Problem = new(e.Problem.For(p.typed()))
	}
	level := zerologLevel(e.Level)
	if p.text {
		if e.Detail {
			level = min(level, zerolog.DebugLevel)
		}
		if line := p.stderr.WithLevel(level); line != nil {
			line.Msg(p.line(e))
		}
	} else {
		fields(p.stderr.WithLevel(level), e)
	}
	fields(p.log.WithLevel(zerologLevel(e.Level)), e)
}

func zerologLevel(level event.Level) zerolog.Level {
	return [...]zerolog.Level{zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel, zerolog.ErrorLevel}[level]
}

// fields writes the documented shape of an event. Fields are only ever added.
func fields(line *zerolog.Event, e event.Event) {
	if line == nil { // below the level
		return
	}
	line = line.Str("time", e.Time.Format(time.RFC3339Nano)).Str("event", string(e.Name))
	text := func(key, value string) {
		if value != "" {
			line = line.Str(key, value)
		}
	}
	number := func(key string, value int) {
		if value != 0 {
			line = line.Int(key, value)
		}
	}
	text("service", e.Service)
	number("port", e.Port)
	text("url", e.URL)
	number("pid", e.PID)
	if len(e.Files) > 0 {
		line = line.Strs("files", e.Files)
	}
	text("reason", e.Reason)
	if e.Status != nil {
		line = line.Int("status", *e.Status)
	}
	if e.Took > 0 {
		line = line.Float64("took_ms", float64(e.Took.Microseconds())/1000)
	}
	if e.Problem != nil {
		line = line.Str("code", string(e.Problem.Code)).Interface("evidence", e.Problem.Evidence).
			Interface("remedies", e.Problem.Remedies)
		if len(e.Problem.Facts) > 0 {
			line = line.Interface("facts", e.Problem.Facts)
		}
		if len(e.Problem.Output) > 0 {
			line = line.Strs("output", e.Problem.Output)
		}
	}
	line.Msg(e.Message)
}

// line returns the event as text.
func (p *printer) line(e event.Event) string {
	if e.Problem != nil {
		problem := *e.Problem
		if problem.Repeats || len(problem.Output) > 0 && p.above(e.Service) {
			problem.Output = nil
		}
		var b strings.Builder
		_ = problem.Render(&b, diag.Style{Color: p.color, Width: p.width()})
		return strings.TrimSuffix(b.String(), "\n")
	}
	prefix, message := p.prefix(), e.Message
	if p.named.Load() && e.Service != "" {
		message = e.Service + ": " + message
	}
	if p.color {
		switch {
		case e.Name == event.Ready:
			message = "\x1b[32m" + message + "\x1b[0m"
		case e.Level == event.Warn:
			message = "\x1b[33m" + message + "\x1b[0m"
		}
	}
	return prefix + " " + message
}

// prefix begins a line of devrun.
func (p *printer) prefix() string {
	if p.color {
		return "\x1b[2mdevrun:\x1b[0m"
	}
	return "devrun:"
}
