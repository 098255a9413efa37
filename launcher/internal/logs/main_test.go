package logs

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a log until the test ends.
func open(t testing.TB, dir, service string, options Options) *Log {
	t.Helper()
	l, err := Open(dir, service, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func write(t testing.TB, w io.Writer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if n, err := io.WriteString(w, text); n != len(text) || err != nil {
			t.Fatalf("Write(%.40q) = %d, %v; want %d", text, n, err, len(text))
		}
	}
}

// read returns what a query finds, a record as "api o text\n".
func read(t testing.TB, dir string, services []string, q Query) string {
	t.Helper()
	var got strings.Builder
	err := ReadAll(t.Context(), dir, services, q, func(r Record) error {
		fmt.Fprintf(&got, "%s %s %s", r.Service, r.Source, r.Text)
		if !r.Partial {
			got.WriteByte('\n')
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got.String()
}
