// Package diag turns what devrun saw into words: a named problem, its cause and
// a line to paste. It holds the catalogue behind "devrun explain". It is given
// facts as plain structs and looks at nothing itself, except for the command
// look-up, which reads the files that a command names. What is not known is
// called unknown.
package diag

// Code names a kind of problem. Codes never change their meaning; the list only
// grows.
type Code string

const (
	CodePortInUse          Code = "port-in-use"
	CodePortForeign        Code = "port-foreign"
	CodeListeningElsewhere Code = "listening-elsewhere"
	CodeListeningWide      Code = "listening-wide"
	CodeListeningOneFamily Code = "listening-one-family"
	CodeNotListening       Code = "not-listening"
	CodeReadyTimeout       Code = "ready-timeout"
	CodeExitedEarly        Code = "exited-early"
	CodeCrashLoop          Code = "crash-loop"
	CodeCommandNotFound    Code = "command-not-found"
	CodeNotExecutable      Code = "not-executable"
	CodeBadInterpreter     Code = "bad-interpreter"
	CodeBuildFailed        Code = "build-failed"
	CodeLoopbackBlocked    Code = "loopback-blocked"
	CodeWatchLimit         Code = "watch-limit"
	CodeWatchBlind         Code = "watch-blind"
	CodeRestartLoop        Code = "restart-loop"
	CodeUncleanStop        Code = "unclean-stop"
	CodeConfigInvalid      Code = "config-invalid"
	CodeAlreadyRunning     Code = "already-running"
	CodeNotRunning         Code = "not-running"
	CodeErrorAnswer        Code = "error-answer"
	CodeCheckFailed        Code = "check-failed"
	CodeExitedWhenReady    Code = "exited-when-ready"
)

// Exit statuses of problems. A problem with status 0 is a warning: devrun goes on.
const (
	statusFailed       = 1
	statusConfig       = 2
	statusPort         = 3
	statusEnded        = 4
	statusNotReady     = 5
	statusForeign      = 6
	statusCheck        = 7
	statusSpoiled      = 8
	statusUnclean      = 9
	statusBuild        = 10
	statusNoExec       = 126
	statusNotFound     = 127
	maxRemedies        = 3
	maxCommandShown    = 240 // runes of a foreign command line
	maxFactsOfOneLabel = 8
)

// Fact is one labelled line of a problem. Facts that follow each other with the
// same label show it once.
type Fact struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Problem is a failure as it is told to people, and with --json to programs.
type Problem struct {
	Code     Code           `json:"code,omitempty"` // empty for what has no entry, such as a wrong flag
	Summary  string         `json:"summary"`        // one line, no code, no period
	Facts    []Fact         `json:"facts,omitempty"`
	Remedies []Remedy       `json:"remedies,omitempty"` // at most three, the likeliest first
	Output   []string       `json:"output,omitempty"`   // the last lines of the service
	Evidence map[string]any `json:"evidence,omitempty"` // keys are stable
	Status   int            `json:"status"`             // exit status; 0 is a warning
	Err      error          `json:"-"`
}

func (p Problem) Error() string { return p.Summary }

func (p Problem) Unwrap() error { return p.Err }

// fact adds a fact, unless text is empty.
func (p *Problem) fact(label, text string) {
	if text != "" {
		p.Facts = append(p.Facts, Fact{label, text})
	}
}

// facts adds several with one label, and says how many were left out.
func (p *Problem) facts(label string, texts []string) {
	for i, text := range texts {
		if i == maxFactsOfOneLabel {
			p.fact(label, plural(len(texts)-i, "more", "more"))
			return
		}
		p.fact(label, text)
	}
}

// know adds a piece of evidence, unless it is the zero value of what it may be.
func (p *Problem) know(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case int:
		if v == 0 {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	}
	p.always(key, value)
}

// always adds a piece of evidence whose zero value says something.
func (p *Problem) always(key string, value any) {
	if p.Evidence == nil {
		p.Evidence = map[string]any{}
	}
	p.Evidence[key] = value
}
