package logs

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// floods are the worst outputs of a service, in pieces as a pipe gives them.
var floods = []struct {
	name  string
	piece []byte
}{
	{"lines of 100 bytes", bytes.Repeat([]byte(strings.Repeat("x", 99)+"\n"), 327)},
	{"lines of 2 bytes", bytes.Repeat([]byte("y\n"), 16<<10)},
	{"a line without end", bytes.Repeat([]byte("x"), 32<<10)},
}

// BenchmarkFlood writes to a log as the reader of a service's pipe does, and to
// nothing for comparison. The log may not lose lines.
func BenchmarkFlood(b *testing.B) {
	dir := b.TempDir()
	for _, flood := range floods {
		b.Run(flood.name, func(b *testing.B) {
			b.Run("with a log", func(b *testing.B) {
				j := open(b, dir, "api", Options{})
				passOn(b, j.stream(Out), flood.piece)
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
				if lost := printed(b, dir, "api", Devrun); len(lost) > 0 {
					b.Errorf("the log has lost lines: %s", lost)
				}
			})
			b.Run("without", func(b *testing.B) { passOn(b, io.Discard, flood.piece) })
		})
	}
}

// passOn copies the content of a pipe to w.
func passOn(b *testing.B, w io.Writer, piece []byte) {
	r, to, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.SetBytes(int64(len(piece)))
	n := b.N
	done := make(chan struct{})
	b.ResetTimer()
	// Ends when it has written n pieces.
	go func() {
		defer close(done)
		defer to.Close()
		for range n {
			if _, err := to.Write(piece); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			w.Write(buf[:n])
		}
		if err != nil {
			break
		}
	}
	<-done
}

// BenchmarkRead reads full files as devrun logs does.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	j := open(b, dir, "api", Options{})
	for range 600 {
		write(b, j.stream(Out), string(floods[0].piece))
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name  string
		query Query
	}{{"the last 100 lines", Query{Lines: 100}}, {"all", Query{}}} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				if err := Read(b.Context(), dir, []string{"api"}, bench.query, func(Record) error { n++; return nil }); err != nil || n < 100 {
					b.Fatalf("read %d records, %v", n, err)
				}
			}
		})
	}
}
