package check

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"devrun/launcher/internal/tries"
)

// command returns a Run that ends with these statuses in turn, repeating the last
// one, and records when it was called.
func command(calls *[]time.Duration, statuses ...int) func(context.Context, []string) (int, []string, error) {
	start := time.Now()
	return func(context.Context, []string) (int, []string, error) {
		*calls = append(*calls, time.Since(start))
		return statuses[min(len(*calls), len(statuses))-1], []string{"line " + strconv.Itoa(len(*calls))}, nil
	}
}

func ms(figures ...int) []time.Duration {
	var all []time.Duration
	for _, n := range figures {
		all = append(all, time.Duration(n)*time.Millisecond)
	}
	return all
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name     string
		retry    Retry
		limit    time.Duration
		statuses []int
		calls    []time.Duration
		passed   bool
		tries    string
	}{
		{"none asked for", Retry{}, time.Minute, []int{1, 0}, ms(0), false, "exit 1"},
		{"passes at once", Retry{Times: 5}, time.Minute, []int{0}, ms(0), true, "exit 0"},
		{"passes later", Retry{Times: 5}, time.Minute, []int{1, 1, 2, 0}, ms(0, 50, 150, 350), true, "exit 1 ×2, then exit 2, then exit 0"},
		{"times", Retry{Times: 2}, time.Minute, []int{1}, ms(0, 50, 150), false, "exit 1 ×3"},
		{"pauses grow to a second", Retry{Times: 8}, time.Minute, []int{1}, ms(0, 50, 150, 350, 750, 1550, 2550, 3550, 4550), false, "exit 1 ×9"},
		{"for", Retry{For: 350 * time.Millisecond}, time.Minute, []int{1}, ms(0, 50, 150, 350), false, "exit 1 ×4"},
		{"for, a moment less", Retry{For: 349 * time.Millisecond}, time.Minute, []int{1}, ms(0, 50, 150), false, "exit 1 ×3"},
		{"whichever comes first", Retry{Times: 1, For: time.Hour}, time.Minute, []int{1}, ms(0, 50), false, "exit 1 ×2"},
		{"the deadline", Retry{For: time.Hour}, 200 * time.Millisecond, []int{1}, ms(0, 50, 150), false, "exit 1 ×3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
				defer cancel()
				var calls []time.Duration
				got := Check{Exec: []string{"x"}, Retry: tt.retry}.Run(ctx, Target{Run: command(&calls, tt.statuses...)})
				if !slices.Equal(calls, tt.calls) || got.Passed != tt.passed || got.Tries.String() != tt.tries || got.Tries.Count != len(calls) {
					t.Errorf("tried at %v, passed %v, %q (%d); want %v, %v, %q", calls, got.Passed, got.Tries, got.Tries.Count, tt.calls, tt.passed, tt.tries)
				}
				if last := calls[len(calls)-1]; got.Took != last {
					t.Errorf("took %v; want %v", got.Took, last)
				}
				if want := []string{"line " + strconv.Itoa(len(calls))}; !slices.Equal(got.Output, want) {
					t.Errorf("output %q; want that of the last try, %q", got.Output, want)
				}
			})
		})
	}
}

// A pause ends with ctx.
func TestRetryStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(70*time.Millisecond, cancel)
		var calls []time.Duration
		got := Check{Exec: []string{"x"}, Retry: Retry{For: time.Hour}}.Run(ctx, Target{Run: command(&calls, 1)})
		if want := ms(0, 50); !slices.Equal(calls, want) || got.Took != 70*time.Millisecond {
			t.Errorf("tried at %v and took %v; want %v and 70ms", calls, got.Took, want)
		}
	})
}

// A request that hangs must not use up the time of further tries.
func TestLimit(t *testing.T) {
	request := &HTTP{Path: "/"}
	slow := &HTTP{Path: "/", Expect: Expect{Within: time.Minute}}
	for _, tt := range []struct {
		check Check
		tries int
		at    time.Duration
		want  time.Duration
	}{
		{Check{HTTP: request}, 0, 0, 0},
		{Check{HTTP: request, Retry: Retry{Times: 2}}, 0, 0, tryLimit},
		{Check{HTTP: request, Retry: Retry{Times: 2}}, 1, time.Hour, tryLimit},
		{Check{HTTP: request, Retry: Retry{Times: 2}}, 2, 0, 0},
		{Check{HTTP: request, Retry: Retry{For: time.Second}}, 9, 950 * time.Millisecond, tryLimit},
		{Check{HTTP: request, Retry: Retry{For: time.Second}}, 9, 951 * time.Millisecond, 0},
		{Check{HTTP: slow, Retry: Retry{Times: 2}}, 0, 0, time.Minute + withinGrace},
		{Check{Exec: []string{"x"}, Retry: Retry{Times: 2}}, 0, 0, 0},
	} {
		if got := tt.check.limit(tt.tries, tt.at); got != tt.want {
			t.Errorf("limit of %+v after %d tries and %v = %v; want %v", tt.check.Retry, tt.tries, tt.at, got, tt.want)
		}
	}
}

func TestRetryHTTP(t *testing.T) {
	var requests atomic.Int32
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		io.WriteString(w, "ok")
	})
	got := Check{HTTP: &HTTP{Path: "/"}, Retry: Retry{Times: 2}}.Run(t.Context(), Target{Base: base})
	if want := "503 ×2, then 200"; !got.Passed || got.Tries.String() != want {
		t.Errorf("passed %v, tries %q; want %q", got.Passed, got.Tries, want)
	}
}

func TestExec(t *testing.T) {
	errMissing := errors.New("exec: not found")
	errGone := errors.New("api has ended")
	until := func(status int, err error) func(context.Context, []string) (int, []string, error) {
		return func(ctx context.Context, _ []string) (int, []string, error) {
			<-ctx.Done()
			return status, nil, err
		}
	}
	for _, tt := range []struct {
		name    string
		run     func(context.Context, []string) (int, []string, error)
		cancel  error // after 3 s; nil means that the deadline comes then
		outcome tries.Outcome
		status  int
		failed  []Mismatch
		err     error
	}{
		{"passes", func(context.Context, []string) (int, []string, error) { return 0, nil, nil }, nil, "exit 0", 0, nil, nil},
		{"fails", func(context.Context, []string) (int, []string, error) { return 3, nil, nil }, nil, "exit 3", 3, []Mismatch{{"exit status 0", "exit status 3"}}, nil},
		{"not run", func(context.Context, []string) (int, []string, error) { return 0, nil, errMissing }, nil, "not run", -1,
			[]Mismatch{{"exit status 0", "exec: not found"}}, errMissing},
		{"deadline", until(137, nil), nil, "timeout", -1, []Mismatch{{"exit status 0", "still running after 3s"}}, context.DeadlineExceeded},
		{"stopped", until(0, errMissing), errGone, "cut short", -1, []Mismatch{{"exit status 0", "still running when it was stopped after 3s"}}, errGone},
		{"ends well in the last moment", until(0, nil), nil, "exit 0", 0, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				if tt.cancel != nil {
					var stop context.CancelCauseFunc
					ctx, stop = context.WithCancelCause(t.Context())
					time.AfterFunc(3*time.Second, func() { stop(tt.cancel) })
				}
				got := Check{Exec: []string{"x"}}.Run(ctx, Target{Run: tt.run})
				if got.Outcome != tt.outcome || got.Status != tt.status || !slices.Equal(got.Failed, tt.failed) ||
					got.Passed != (tt.failed == nil) || !errors.Is(got.Err, tt.err) {
					t.Errorf("got %+v; want %q, %d, %q, %v", got, tt.outcome, tt.status, tt.failed, tt.err)
				}
			})
		})
	}
}

func TestString(t *testing.T) {
	for want, c := range map[string]Check{
		"GET /a?b":      {HTTP: &HTTP{Path: "/a?b"}},
		"POST /":        {HTTP: &HTTP{Method: "POST", Path: "/"}},
		`npm test \x1b`: {Exec: []string{"npm", "test", "\x1b"}},
	} {
		if got := c.String(); got != want {
			t.Errorf("String() = %q; want %q", got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := make([]rune, 201)
	for i := range long {
		long[i] = 'ä'
	}
	for in, want := range map[string]string{
		"":                       "",
		" \n a\tb\r\nc \n":       `a\tb\r\nc`,
		"\x1b[2J\x00\u202e\xff!": `\x1b[2J\x00\u202e\xff!`,
		"naïve 日本 \"q\" \\":      "naïve 日本 \"q\" \\",
		string(long[:200]):       string(long[:200]),
		string(long):             string(long[:200]) + "…",
	} {
		if got := excerpt(in); got != want {
			t.Errorf("excerpt(%q) = %q; want %q", in, got, want)
		}
	}
}
