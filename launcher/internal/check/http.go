package check

import (
	"cmp"
	"context"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"devrun/config/secret"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// HTTP is a request and the expectations of its answer.
type HTTP struct {
	Method  string // empty means GET
	Path    string // starts with "/", query included
	Headers []Header
	Body    string
	Expect  Expect
}

// withinGrace is added to Within, to tell a slow answer from a missing one.
const withinGrace = time.Second

// String returns, for example, "GET /healthz".
func (h *HTTP) String() string { return h.method() + " " + text.Escape(h.Path) }

func (h *HTTP) method() string { return cmp.Or(h.Method, "GET") }

// needsEnd reports whether the body has to be read to its end.
func (e *Expect) needsEnd() bool { return e.BodyRegex != nil || len(e.JSON) > 0 || e.Within > 0 }

func (e *Expect) accepts(status int) bool {
	if len(e.Status) == 0 {
		return status >= 200 && status < 400
	}
	return slices.Contains(e.Status, status)
}

// statusText returns the expected status in words.
func (e *Expect) statusText() string {
	if len(e.Status) == 0 {
		return "status 2xx or 3xx"
	}
	words := make([]string, len(e.Status))
	for i, status := range e.Status {
		words[i] = fmt.Sprint(status)
	}
	if last := len(words) - 1; last > 0 {
		return "status " + strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return "status " + words[0]
}

// Run sends the request once to base, such as "http://127.0.0.1:61234", over a
// connection of its own, and compares the answer. It uses no proxy and follows no
// redirect: a redirect is an answer. It unpacks a body with Content-Encoding gzip.
// It reads at most 10 MiB of the body, and no more than it needs: an endless body
// passes if it only has to contain a text. If the status is not as expected, it
// compares nothing else.
func (h *HTTP) Run(ctx context.Context, base string) Result {
	start := time.Now()
	limited, cancel := ctx, context.CancelFunc(func() {})
	if h.Expect.Within > 0 {
		limited, cancel = context.WithTimeout(ctx, h.Expect.Within+withinGrace)
	}
	defer cancel()
	a, err := h.exchange(limited, base)
	result := Result{Status: -1, Took: time.Since(start), Err: err}
	if a.status != 0 {
		result.Status = a.status
	}
	fail := func(outcome tries.Outcome, expected, got string) {
		result.Outcome = cmp.Or(result.Outcome, outcome)
		result.Failed = append(result.Failed, Mismatch{expected, got})
	}
	h.compare(limited, &a, err, fail)
	if result.Passed = len(result.Failed) == 0; result.Passed {
		result.Outcome = tries.Status(a.status)
	} else if a.status != 0 && !h.Expect.accepts(a.status) {
		result.Body = excerpt(string(a.body)) // error pages explain the error
	}
	return result
}

// compare calls fail for each expectation that a does not meet.
func (h *HTTP) compare(ctx context.Context, a *answer, err error, fail func(outcome tries.Outcome, expected, got string)) {
	e := &h.Expect
	if a.status == 0 {
		outcome, expected := tries.Of(ctx, err), "an answer"
		if e.Within > 0 && outcome == tries.Timeout {
			expected = "an answer within " + e.Within.String()
		}
		fail(outcome, expected, describe(outcome, err, "no answer", a.took))
		return
	}
	if !e.accepts(a.status) {
		fail(tries.Status(a.status), e.statusText(), strings.TrimSpace(fmt.Sprintf("%d %s", a.status, excerpt(a.reason))))
		return
	}
	for _, want := range e.Header {
		if expected, got, ok := compareField(a.fields, want); !ok {
			fail(tries.Status(a.status)+" wrong header", expected, got)
		}
	}
	if err != nil {
		// No text was missing only because of this error: reading stops once it is found.
		outcome := tries.Of(ctx, err)
		got := describe(outcome, err, "no end of the body", a.took)
		if len(a.body) > 0 {
			got += "; so far " + excerpt(string(a.body))
		}
		fail(outcome, e.bodyText(), got)
		return
	}
	wrong := tries.Status(a.status) + " wrong body"
	if e.Body != "" && !strings.Contains(string(a.body), e.Body) {
		fail(wrong, "body contains "+excerpt(e.Body), bodyShown(a.body))
	}
	if e.BodyRegex != nil && !e.BodyRegex.Match(a.body) {
		fail(wrong, "body matches "+excerpt(e.BodyRegex.String()), bodyShown(a.body))
	}
	if len(e.JSON) > 0 {
		compareJSON(a.body, e.JSON, func(expected, got string) {
			fail(tries.Status(a.status)+" wrong json", expected, got)
		})
	}
	if e.Within > 0 && a.took > e.Within {
		fail(tries.Status(a.status)+" slow", "within "+e.Within.String(), "took "+text.Round(a.took).String())
	}
}

// bodyText returns the first expectation for which the body was read.
func (e *Expect) bodyText() string {
	switch {
	case e.Body != "":
		return "body contains " + excerpt(e.Body)
	case e.BodyRegex != nil:
		return "body matches " + excerpt(e.BodyRegex.String())
	case len(e.JSON) > 0:
		return jsonExpected(e.JSON[0])
	case e.Within > 0:
		return "within " + e.Within.String()
	}
	return "a whole answer"
}

// bodyShown returns the excerpt of a body, or words for an empty one.
func bodyShown(body []byte) string { return cmp.Or(excerpt(string(body)), "an empty body") }

// compareField looks for a field of that name that contains the value. It does
// not repeat the values of a field that is secret.
func compareField(fields map[string][]string, want Header) (expected, got string, ok bool) {
	field, part := "header "+text.Escape(want.Name), " contains "+excerpt(want.Value)
	if want.Value == "" {
		part = ""
	}
	values, there := fields[textproto.CanonicalMIMEHeaderKey(want.Name)]
	if !there {
		return field, "no such header", false
	}
	for _, value := range values {
		if strings.Contains(value, want.Value) {
			return "", "", true
		}
	}
	if secret.Name(want.Name) {
		return field + " with a certain value", "another value", false
	}
	return field + part, excerpt(strings.Join(values, ", ")), false
}
