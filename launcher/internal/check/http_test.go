package check

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"devrun/launcher/internal/tries"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds the wait for something that must come. No passing test needs it.
const patience = 30 * time.Second

// serve starts a real server.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// answering starts a server that reads one request on each connection and
// answers with these bytes; then it closes.
func answering(t *testing.T, raw string) string {
	t.Helper()
	return listening(t, func(conn net.Conn) {
		http.ReadRequest(bufio.NewReader(conn))
		io.WriteString(conn, raw)
	})
}

// listening starts a listener that gives each connection to handle, and closes
// it afterwards.
func listening(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // Ends when the listener is closed.
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(patience))
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String()
}

func run(t *testing.T, h HTTP, base string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return h.Run(ctx, base)
}

// shop is a server with an answer of each kind.
func shop(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Vary", "Cookie")
		w.Header().Set("Set-Cookie", "session=hunter2")
		io.WriteString(w, "all is well\x1b[31m\n")
	case "/json":
		io.WriteString(w, `{"status":"up","items":[{"name":"lamp","price":1.50}],"gone":null}`)
	case "/moved":
		http.Redirect(w, r, "/text", http.StatusFound)
	case "/down":
		http.Error(w, "no database", http.StatusServiceUnavailable)
	case "/nothing":
		w.WriteHeader(http.StatusNoContent)
	case "/packed":
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		io.WriteString(packed, "unpacked text")
		packed.Close()
	case "/empty-packed":
		w.Header().Set("Content-Encoding", "gzip")
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s host=%s x=%s %q", r.Method, r.URL.RawQuery, r.Header.Get("User-Agent"), r.Host, r.Header["X"], body)
	case "/endless":
		ticks := strings.Repeat("data: tick\n\n", 1000)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, ticks); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}

func TestRun(t *testing.T) {
	base := serve(t, shop)
	for _, tt := range []struct {
		name    string
		http    HTTP
		outcome tries.Outcome
		failed  []Mismatch
	}{
		{"plain", HTTP{Path: "/text"}, "200", nil},
		{"no content", HTTP{Path: "/nothing", Expect: Expect{Status: []int{204}}}, "204", nil},
		{"a redirect is an answer", HTTP{Path: "/moved", Expect: Expect{Status: []int{302}, Header: []Header{{Name: "location", Value: "/text"}}}}, "302", nil},
		{"head", HTTP{Method: "HEAD", Path: "/text", Expect: Expect{Header: []Header{{Name: "Content-Type", Value: "text/plain"}}}}, "200", nil},
		{"status", HTTP{Path: "/down"}, "503", []Mismatch{{"status 2xx or 3xx", "503 Service Unavailable"}}},
		{"statuses", HTTP{Path: "/down", Expect: Expect{Status: []int{200, 201, 204}, Body: "ok"}}, "503",
			[]Mismatch{{"status 200, 201 or 204", "503 Service Unavailable"}}},
		{"header, any of several", HTTP{Path: "/text", Expect: Expect{Header: []Header{{Name: "vary", Value: "Cookie"}, {Name: "Set-Cookie", Value: "session="}}}}, "200", nil},
		{"headers that differ", HTTP{Path: "/text", Expect: Expect{Header: []Header{
			{Name: "Content-Type", Value: "html"}, {Name: "X-Missing", Value: "a"}, {Name: "X-There", Value: ""}, {Name: "Set-Cookie", Value: "session=secret"}}}}, "200 wrong header",
			[]Mismatch{
				{"header Content-Type contains html", "text/plain; charset=utf-8"}, {"header X-Missing", "no such header"},
				{"header X-There", "no such header"}, {"header Set-Cookie with a certain value", "another value"},
			}},
		{"body", HTTP{Path: "/text", Expect: Expect{Body: "is well", BodyRegex: regexp.MustCompile(`^all.*\n$`)}}, "200", nil},
		{"body that differs", HTTP{Path: "/text", Expect: Expect{Body: "ill"}}, "200 wrong body",
			[]Mismatch{{"body contains ill", `all is well\x1b[31m`}}},
		{"regex that differs", HTTP{Path: "/text", Expect: Expect{BodyRegex: regexp.MustCompile("^ill")}}, "200 wrong body",
			[]Mismatch{{"body matches ^ill", `all is well\x1b[31m`}}},
		{"no body", HTTP{Path: "/nothing", Expect: Expect{Body: "x"}}, "204 wrong body", []Mismatch{{"body contains x", "an empty body"}}},
		{"json", HTTP{Path: "/json", Expect: Expect{JSON: []JSONValue{{Path: "status", Value: "up"}, {Path: "items.0.price", Value: 1.5}, {Path: "gone", Value: nil}}}}, "200", nil},
		{"json that differs", HTTP{Path: "/json", Expect: Expect{JSON: []JSONValue{{Path: "status", Value: "down"}, {Path: "items.1.name", Value: "lamp"}, {Path: "absent", Value: nil}}}},
			"200 wrong json", []Mismatch{
				{`json status is "down"`, `"up"`}, {`json items.1.name is "lamp"`, "missing; items is a list of 1"},
				{"json absent is null", "missing; the body has gone, items, status"},
			}},
		{"no json", HTTP{Path: "/text", Expect: Expect{JSON: []JSONValue{{Path: "a", Value: int64(1)}}}}, "200 wrong json",
			[]Mismatch{{"json a is 1", `no JSON (invalid character 'a' looking for beginning of value): all is well\x1b[31m`}}},
		{"gzip", HTTP{Path: "/packed", Expect: Expect{BodyRegex: regexp.MustCompile("^unpacked text$"), Header: []Header{{Name: "Content-Encoding", Value: "gzip"}}}}, "200", nil},
		{"gzip of nothing", HTTP{Path: "/empty-packed"}, "200", nil},
		{"endless", HTTP{Path: "/endless"}, "200", nil},
		{"endless with a text", HTTP{Path: "/endless", Expect: Expect{Body: "tick\n\ndata: tick"}}, "200", nil},
		{"request", HTTP{Method: "POST", Path: "/echo?a=%20b", Body: "hello", Headers: []Header{{Name: "X", Value: "1"}, {Name: "x", Value: "2"}, {Name: "host", Value: "shop.test"}, {Name: "User-Agent", Value: "me"}},
			Expect: Expect{Body: `POST a=%20b me host=shop.test x=[1 2] "hello"`}}, "200", nil},
		{"request line", HTTP{Path: "/a b"}, "error", []Mismatch{{"an answer", `"GET /a b" cannot be sent as an HTTP request`}}},
		{"request field", HTTP{Path: "/", Headers: []Header{{Name: "X", Value: "hunter2\r\nY: 1"}}}, "error",
			[]Mismatch{{"an answer", `header "X" cannot be sent as an HTTP request`}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, tt.http, base)
			if got.Outcome != tt.outcome || !slices.Equal(got.Failed, tt.failed) || got.Passed != (len(tt.failed) == 0) {
				t.Errorf("got %q, passed %v, %q; want %q, %q", got.Outcome, got.Passed, got.Failed, tt.outcome, tt.failed)
			}
		})
	}
	if got := run(t, HTTP{Path: "/down"}, base); got.Body != "no database" || got.Status != 503 {
		t.Errorf("body %q, status %d; want the error page's text and 503", got.Body, got.Status)
	}
}

// An endless body is not read beyond the limit.
func TestRunEndlessBody(t *testing.T) {
	got := run(t, HTTP{Path: "/endless", Expect: Expect{BodyRegex: regexp.MustCompile("tock")}}, serve(t, shop))
	if got.Outcome != "too large" || len(got.Failed) != 1 || !strings.HasPrefix(got.Failed[0].Got, `a body of more than 10 MiB; so far data: tick\n\ndata`) {
		t.Errorf("got %q, %q; want it too large", got.Outcome, got.Failed)
	}
}

// Every answer has an outcome, and none makes the check panic or wait.
func TestRunHostile(t *testing.T) {
	many := strings.Repeat("x", 100<<10)
	for _, tt := range []struct {
		name, raw string
		outcome   tries.Outcome
		got       string
	}{
		{"nothing", "", "closed", "connection closed without an answer"},
		{"half a word", "HT", "closed", "connection closed in the middle of the answer"},
		{"half a head", "HTTP/1.1 200 OK\r\nA: b\r\n", "closed", "connection closed in the middle of the answer"},
		{"another protocol", "SSH-2.0-OpenSSH_9\r\n", "not http", `answers with "SSH-2", which is not HTTP`},
		{"tls", "\x15\x03\x01\x00\x02\x02\x46", "tls", "answers with TLS, not with plain HTTP"},
		{"status word", "HTTP/1.1 abc\r\n\r\n", "not http", `not valid HTTP: malformed HTTP status code "abc"`},
		{"status line without end", "HTTP/1.1 200 " + many, "not http", "answers with a header of more than 65536 bytes"},
		{"huge head", "HTTP/1.1 200 OK\r\nA: " + many, "not http", "answers with a header of more than 65536 bytes"},
		{"no colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "not http", `not valid HTTP: malformed MIME header: missing colon: "nonsense"`},
		{"interim for ever", strings.Repeat("HTTP/1.1 103 Early\r\n\r\n", 9), "not http", "answers 8 times with a status below 200 and then not at all"},
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not http", `not valid HTTP: bad Content-Length "-1"`},
		{"lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "not http", `not valid HTTP: http: message cannot contain multiple Content-Length headers; got ["1" "2"]`},
		{"coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n", "not http", `not valid HTTP: unsupported transfer encoding: "br"`},
		{"short body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "closed", "connection closed in the middle of the answer; so far abc"},
		{"chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not http", "not valid HTTP: invalid byte in chunk length"},
		{"chunk size of all sizes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "not http", "not valid HTTP: http chunk length too large"},
		{"chunk end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "not http", "not valid HTTP: malformed chunked encoding; so far a"},
		{"chunk line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + many, "not http", "not valid HTTP: header line too long"},
		{"chunk cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "closed", "connection closed in the middle of the answer; so far ab"},
		{"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "closed", "connection closed in the middle of the answer; so far ab"},
		{"huge trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " + many, "not http", "not valid HTTP: http: suspiciously long trailer after chunked body"},
		{"no gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain old text", "not http", "not valid HTTP: gzip: invalid header"},
		{"cut gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "closed", "connection closed in the middle of the answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := run(t, HTTP{Path: "/", Expect: Expect{BodyRegex: regexp.MustCompile("^never$")}}, answering(t, tt.raw))
			if got.Passed || got.Outcome != tt.outcome || len(got.Failed) != 1 || got.Failed[0].Got != tt.got {
				t.Errorf("got %q, %q; want %q, %q", got.Outcome, got.Failed, tt.outcome, tt.got)
			}
		})
	}
}

// Unusual answers that are valid.
func TestRunWire(t *testing.T) {
	for _, tt := range []struct{ name, raw string }{
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"},
		{"to the end", "HTTP/1.0 200 OK\r\n\r\nhello"},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"},
		{"bare line ends", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"},
		{"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello and more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := run(t, HTTP{Path: "/", Expect: Expect{BodyRegex: regexp.MustCompile("^hello$")}}, answering(t, tt.raw)); !got.Passed {
				t.Errorf("got %q, %q; want it passed", got.Outcome, got.Failed)
			}
		})
	}
}

func TestRunRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	l.Close()
	got := run(t, HTTP{Path: "/"}, base)
	if want := (Mismatch{"an answer", "connection refused"}); got.Outcome != "refused" || got.Failed[0] != want || got.Err == nil || got.Status != -1 {
		t.Errorf("got %+v; want refused, %q", got, want)
	}
}

// The server has the request and never answers: ctx decides.
func TestRunHangs(t *testing.T) {
	asked := make(chan struct{}, 2)
	base := listening(t, func(conn net.Conn) {
		http.ReadRequest(bufio.NewReader(conn))
		asked <- struct{}{}
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection ended with %v; want it closed by the client", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := (&HTTP{Path: "/"}).Run(ctx, base)
	if got.Outcome != "timeout" || !strings.HasPrefix(got.Failed[0].Got, "no answer after ") {
		t.Errorf("got %q, %q; want a timeout", got.Outcome, got.Failed)
	}
	ctx, stop := context.WithCancel(t.Context())
	<-asked
	go func() { // Ends with the second request.
		<-asked
		stop()
	}()
	got = (&HTTP{Path: "/"}).Run(ctx, base)
	if got.Outcome != "cut short" || !strings.HasPrefix(got.Failed[0].Got, "no answer when it was stopped after ") {
		t.Errorf("got %q, %q; want it cut short", got.Outcome, got.Failed)
	}
}

func TestRunWithin(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/slow" {
			time.Sleep(20 * time.Millisecond)
		}
	})
	if got := run(t, HTTP{Path: "/", Expect: Expect{Within: patience}}, base); !got.Passed {
		t.Errorf("got %q; want it passed", got.Failed)
	}
	got := run(t, HTTP{Path: "/slow", Expect: Expect{Within: 10 * time.Millisecond}}, base)
	if got.Outcome != "200 slow" || got.Failed[0].Expected != "within 10ms" || !strings.HasPrefix(got.Failed[0].Got, "took ") {
		t.Errorf("got %q, %q; want it slow", got.Outcome, got.Failed)
	}
}

// A missing answer costs little more time than a slow one may take.
func TestRunWithinHangs(t *testing.T) {
	base := listening(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	got := run(t, HTTP{Path: "/", Expect: Expect{Within: 10 * time.Millisecond}}, base)
	if got.Outcome != "timeout" || got.Failed[0].Expected != "an answer within 10ms" || !strings.HasPrefix(got.Failed[0].Got, "no answer after ") {
		t.Errorf("got %q, %q; want a timeout", got.Outcome, got.Failed)
	}
}

// No connection leaves the service's port in TIME_WAIT, whoever closes.
func TestRunLeavesPortFree(t *testing.T) {
	for _, header := range []string{"", "close"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set("Connection", header)
			}
			io.WriteString(w, "hello")
		}))
		got := run(t, HTTP{Path: "/", Expect: Expect{Body: "hello"}}, server.URL)
		server.Close()
		if !got.Passed {
			t.Errorf("got %q; want it passed", got.Failed)
		}
		bindWithoutReuse(t, server.Listener.Addr().(*net.TCPAddr))
	}
}
