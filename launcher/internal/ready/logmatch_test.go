package ready

import (
	"regexp"
	"sync"
	"testing"
)

func logCheck(pattern string) Check { return Check{Kind: Log, Pattern: regexp.MustCompile(pattern)} }

func TestLogMatchNeedsEveryPattern(t *testing.T) {
	m := NewLogMatch([]Check{{Kind: TCP}, logCheck("^db up"), logCheck("listening")})
	for _, step := range []struct {
		line string
		done bool
	}{{"is the db up", false}, {"listening on 80", false}, {"listening again", false}, {"db up", true}, {"more", true}} {
		m.Line([]byte(step.line))
		select {
		case <-m.Done():
			if !step.done {
				t.Fatalf("done after %q", step.line)
			}
		default:
			if step.done {
				t.Fatalf("not done after %q", step.line)
			}
		}
	}
}

func TestLogMatchOfNoPattern(t *testing.T) {
	m := NewLogMatch([]Check{{Kind: TCP}})
	m.Line([]byte("x"))
	if m != nil || m.Done() != nil {
		t.Errorf("NewLogMatch without a Log check = %v; want nil", m)
	}
}

func TestLogMatchFromTwoStreams(t *testing.T) {
	m := NewLogMatch([]Check{logCheck("a"), logCheck("b")})
	var streams sync.WaitGroup
	for _, line := range []string{"a", "b"} {
		streams.Go(func() {
			for range 100 {
				m.Line([]byte(line))
			}
		})
	}
	streams.Wait()
	<-m.Done()
}

func BenchmarkLogMatch(b *testing.B) {
	line := []byte(`2026-01-02T03:04:05.678Z INFO request method=GET path=/api/v1/items status=200 took=1.2ms`)
	b.Run("searching", func(b *testing.B) {
		m := NewLogMatch([]Check{logCheck(`listening on .*:\d+`)})
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			m.Line(line)
		}
	})
	b.Run("seen", func(b *testing.B) {
		m := NewLogMatch([]Check{logCheck("GET")})
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			m.Line(line)
		}
	})
}
