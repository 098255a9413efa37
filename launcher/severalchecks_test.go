package launcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/service"
)

// envHelper makes the test binary a service.
const envHelper = "DEVRUN_TEST_HELPER"

// TestHelperService is no test but a service that has to warm up: it says so
// in its output once /first was asked for, and answers /last with 204 then.
func TestHelperService(t *testing.T) {
	if os.Getenv(envHelper) == "" {
		t.Skip("only as a service")
	}
	warm := make(chan struct{})
	var once sync.Once
	http.HandleFunc("/first", func(http.ResponseWriter, *http.Request) {
		once.Do(func() {
			fmt.Println("warmed up")
			close(warm)
		})
	})
	http.HandleFunc("/last", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-warm:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	t.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil))
}

// runChecked runs the helper with these checks until it is ready or the run
// ends by itself.
func runChecked(t *testing.T, checks []config.Check, timeout time.Duration) (isReady bool, outcome Outcome) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	svc := config.Defaults()
	svc.Name, svc.Dir, svc.Command = "helper", t.TempDir(), []string{self, "-test.run=^TestHelperService$"}
	svc.Env = []string{envHelper + "=1"}
	svc.Watch.Off = true
	svc.Ready = config.Ready{Checks: checks, Timeout: timeout}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	run, err := New(Options{
		Services: []config.Service{svc}, Project: address.Project{Name: "test", Dir: svc.Dir}, Environ: os.Environ(),
		Streams: func(string) service.Streams { return service.Streams{Stdout: io.Discard, Stderr: io.Discard} },
		Emit: func(e event.Event) {
			if e.Name == event.Ready {
				isReady = true
				cancel(errors.New("seen"))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	outcome = run.Serve(ctx, nil)
	return isReady, outcome
}

func TestSeveralChecks(t *testing.T) {
	checks := []config.Check{
		{Kind: config.CheckTCP},
		{Kind: config.CheckHTTP, Path: "/first"},
		{Kind: config.CheckLog, Pattern: "^warmed up$"},
		{Kind: config.CheckHTTP, Path: "/last", Status: []int{http.StatusNoContent}},
	}
	isReady, outcome := runChecked(t, checks, 0)
	if !isReady || outcome.Problem != nil {
		t.Fatalf("ready: %v, %+v; want it ready", isReady, outcome.Problem)
	}
	// Whichever is missing, it is not ready. The others have 5 s to pass.
	checks[3].Status = []int{http.StatusTeapot}
	isReady, outcome = runChecked(t, checks, 5*time.Second)
	if isReady || outcome.Problem == nil || outcome.Problem.Code != diag.CodeReadyTimeout {
		t.Fatalf("ready: %v, %+v; want the problem %s", isReady, outcome.Problem, diag.CodeReadyTimeout)
	}
	if got := outcome.Problem.Evidence["check"]; got != "http:/last" {
		t.Errorf("the problem names the check %v; want the one that did not pass, http:/last", got)
	}
}
