package check

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzWire reads whatever comes: no panic, no endless read, and where net/http
// reads an answer whole, so do we, with the same result.
func FuzzWire(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 404 Not Found\r\n\r\nbye", "HTTP/1.1 204\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		w := newWire(strings.NewReader(raw))
		h, err := w.readHead("GET")
		var body []byte
		if err == nil {
			body, err = io.ReadAll(w.body(h))
		}
		response, errHTTP := http.ReadResponse(newWire(strings.NewReader(raw)).Reader, &http.Request{Method: "GET"})
		if errHTTP != nil {
			return
		}
		wantBody, errHTTP := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || errHTTP != nil || response.StatusCode < 200 && response.StatusCode != 101 {
			return // either may be stricter
		}
		if h.status != response.StatusCode || string(body) != string(wantBody) {
			t.Errorf("got %d, %q; net/http has %d, %q", h.status, body, response.StatusCode, wantBody)
		}
	})
}
