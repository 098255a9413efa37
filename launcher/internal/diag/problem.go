// Package diag explains problems: it turns facts into a named problem with its
// cause and remedies, and holds the catalogue of "devrun explain". Callers collect
// the facts. The package itself only reads the files that a command names, to find
// out why the command cannot be executed. Missing facts are shown as unknown, never
// guessed.
package diag

// Code names a kind of problem. Codes never change their meaning; the list only
// grows.
type Code string

const (
	CodePortInUse          Code = "port-in-use"
	CodePortForeign        Code = "port-foreign"
	CodeListeningElsewhere Code = "listening-elsewhere"
	CodePortWantedTwice    Code = "port-wanted-twice"
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
	CodeEnvFileInvalid     Code = "env-file-invalid"
)

// Exit statuses of problems. Status 0 is a warning: devrun continues. The comments are
// the rows of "devrun help statuses".
const (
	statusFailed   = 1   // devrun's own failure; `devrun doctor` found a problem
	statusConfig   = 2   // the command line, `devrun.yaml` or an env file is not valid
	statusPort     = 3   // the port is not available, or the services run already
	statusEnded    = 4   // `devrun smoke`: a service ended before it was ready
	statusNotReady = 5   // a service is not ready in time, or does not run
	statusForeign  = 6   // a foreign process answers on the port
	statusCheck    = 7   // `devrun smoke`: a check failed; `devrun why`: the service answers with an error
	statusSpoiled  = 8   // `devrun smoke`: a service ended after it was ready
	statusUnclean  = 9   // unclean stop: a process survived, or the port is still bound
	statusBuild    = 10  // the first build failed, with `--no-watch` or in `devrun smoke`
	statusNoExec   = 126 // the command cannot be executed
	statusNotFound = 127 // the command is not found
)

const (
	maxRemedies        = 3
	maxCommandShown    = 240 // runes of a command line, or of a line of output
	maxFactsOfOneLabel = 8
)

// Fact is one labelled line of a problem. Consecutive facts with the same label
// show it once.
type Fact struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Problem is a failure as people see it, and with --json programs.
type Problem struct {
	Code     Code           `json:"code,omitempty"` // empty if it has no entry, such as a wrong flag
	Summary  string         `json:"summary"`        // one line, no code, no period
	Facts    []Fact         `json:"facts,omitempty"`
	Remedies []Remedy       `json:"remedies,omitempty"` // at most three, the most likely first
	Output   []string       `json:"output,omitempty"`   // the last lines of the service, without escape sequences
	Evidence map[string]any `json:"evidence,omitempty"` // keys are stable
	Status   int            `json:"status"`             // exit status; 0 is a warning
	Repeats  bool           `json:"-"`                  // Output repeats that of the problem before
	Err      error          `json:"-"`
}

func (p Problem) Error() string { return p.Summary }

func (p Problem) Unwrap() error { return p.Err }

// fact adds a fact, unless its text is empty, and evidence as know does.
func (p *Problem) fact(label, text string, evidence ...any) {
	if text != "" {
		p.Facts = append(p.Facts, Fact{label, text})
	}
	p.know(evidence...)
}

// facts adds several with one label, and counts those that it leaves out.
func (p *Problem) facts(label string, texts []string) {
	for i, text := range texts {
		if i == maxFactsOfOneLabel {
			p.fact(label, plural(len(texts)-i, "more", "more"))
			return
		}
		p.fact(label, text)
	}
}

// know adds evidence, pairs of a key and a value, without empty strings, lists and
// the number 0.
func (p *Problem) know(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			if v == "" {
				continue
			}
		case int:
			if v == 0 {
				continue
			}
		case []string:
			if len(v) == 0 {
				continue
			}
		}
		p.always(pairs[i].(string), pairs[i+1])
	}
}

// always adds evidence whose zero value has a meaning.
func (p *Problem) always(key string, value any) {
	if p.Evidence == nil {
		p.Evidence = map[string]any{}
	}
	p.Evidence[key] = value
}
