package logs

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a journal until the test ends. A slow machine costs it no lines.
func open(t testing.TB, dir, service string, options Options) *Journal {
	t.Helper()
	j := NewJournal(options)
	j.patience = time.Minute
	if err := j.Start(dir, service); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// stream is a stream that is kept only.
func (j *Journal) stream(s Source) io.Writer { return j.Stream(io.Discard, s) }

func write(t testing.TB, w io.Writer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if n, err := io.WriteString(w, text); n != len(text) || err != nil {
			t.Fatalf("Write(%.40q) = %d, %v; want %d", text, n, err, len(text))
		}
	}
}

// read returns the result of a query, a record as "api out text\n".
func read(t testing.TB, dir string, services []string, q Query) string {
	t.Helper()
	var got strings.Builder
	err := Read(t.Context(), dir, services, q, func(r Record) error {
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
