package launcher

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"devrun/launcher/internal/diag"
)

// provoked names for each problem code the test that makes the real situation
// and reads the code in what devrun then says.
var provoked = map[diag.Code]string{
	diag.CodePortInUse:          "cmdline/testdata/script/why_kinds.txtar",
	diag.CodePortForeign:        "cmdline/testdata/script/run_foreign.txtar",
	diag.CodeListeningElsewhere: "cmdline/testdata/script/run_address.txtar",
	diag.CodeListeningWide:      "cmdline/testdata/script/run_address.txtar",
	diag.CodeListeningOneFamily: "cmdline/testdata/script/run_address.txtar",
	diag.CodeNotListening:       "cmdline/testdata/script/why_service.txtar",
	diag.CodeReadyTimeout:       "cmdline/testdata/script/run_ready.txtar",
	diag.CodeExitedEarly:        "cmdline/testdata/script/run_status.txtar",
	diag.CodeCrashLoop:          "cmdline/testdata/script/run_status.txtar",
	diag.CodeCommandNotFound:    "cmdline/testdata/script/run_command.txtar",
	diag.CodeNotExecutable:      "cmdline/testdata/script/run_command.txtar",
	diag.CodeBadInterpreter:     "cmdline/testdata/script/run_command.txtar",
	diag.CodeLoopbackBlocked:    "cmdline/testdata/script/why_blocked.txtar",
	diag.CodeUncleanStop:        "cmdline/testdata/script/run_unclean.txtar",
	diag.CodeAlreadyRunning:     "cmdline/testdata/script/run_conflict.txtar",
	diag.CodeBuildFailed:        "cmdline/testdata/script/run_build.txtar",
	diag.CodeRestartLoop:        "cmdline/testdata/script/run_watch_own.txtar",
	diag.CodeWatchLimit:         "cmdline/testdata/script/run_watch_limit.txtar",
	diag.CodeWatchBlind:         "cmdline/testdata/script/run_watch_blind.txtar",
	diag.CodeConfigInvalid:      "cmdline/testdata/script/run_config_bad.txtar",
	diag.CodeNotRunning:         "cmdline/testdata/script/why_service.txtar",
	diag.CodeErrorAnswer:        "cmdline/testdata/script/why_service.txtar",
	diag.CodeCheckFailed:        "cmdline/testdata/script/smoke.txtar",
	diag.CodeExitedWhenReady:    "cmdline/testdata/script/smoke_faults.txtar",
}

// TestEveryCodeIsProvoked holds that each code is explained, says what to type,
// and is met by a test.
func TestEveryCodeIsProvoked(t *testing.T) {
	listed := map[diag.Code]bool{}
	remedy := regexp.MustCompile(`(?m)^  try +\S`)
	for _, e := range diag.Catalogue() {
		listed[e.Code] = true
		if e.Meaning == "" || e.Evidence == "" || e.Fix == "" {
			t.Errorf("%s is not explained", e.Code)
		}
		if !remedy.MatchString(e.Example) {
			t.Errorf("%s: its example has no remedy:\n%s", e.Code, e.Example)
		}
		file, ok := provoked[e.Code]
		if !ok {
			t.Errorf("%s has no test that makes the real situation", e.Code)
			continue
		}
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Error(err)
			continue
		}
		// Whole codes only: not-running is no test of running.
		if !regexp.MustCompile(`(?:^|[^a-z-])` + regexp.QuoteMeta(string(e.Code)) + `(?:[^a-z-]|$)`).Match(text) {
			t.Errorf("%s does not name %s", file, e.Code)
		}
	}
	for code := range provoked {
		if !listed[code] {
			t.Errorf("%s is no code of the catalogue", code)
		}
	}
}
