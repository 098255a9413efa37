package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collect returns a listener and the lines that it got.
func collect() (listener func([]byte), lines *[]string) {
	lines = new([]string)
	return func(line []byte) { *lines = append(*lines, string(line)) }, lines
}

func TestStream(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := []struct {
		name, in       string
		tail, received []string
	}{
		{"lines", "a\nb\n", []string{"a", "b"}, []string{"a", "b"}},
		{"no line end", "a\nb", []string{"a", "b"}, []string{"a", "b"}},
		{"blank lines", "\n\na\n", []string{"", "", "a"}, []string{"", "", "a"}},
		{"CRLF", "a\r\n\r\nb\r\n", []string{"a", "", "b"}, []string{"a", "", "b"}},
		{"progress bar", "10%\r20%\r100%\ndone\n", []string{"100%", "done"}, []string{"10%", "20%", "100%", "done"}},
		{"progress bar, CR first", "\r10%\r20%\n", []string{"20%"}, []string{"10%", "20%"}},
		{"unfinished progress bar", "10%\r20%\r", []string{"20%"}, []string{"10%", "20%"}},
		{"CR CR LF", "a\r\r\nb", []string{"a", "b"}, []string{"a", "b"}},
		{"colours", "\x1b[31mred\x1b[0m\n\x1b]0;t\x07x\n", []string{"red", "x"}, []string{"red", "x"}},
		{"longest", long + "\n", []string{long}, []string{long}},
		{"too long", long + "y\nz\n", []string{long + ellipsis, "z"}, []string{long, "z"}},
		{"cut within a character", long[1:] + "ä\n", []string{long[1:] + ellipsis}, []string{long[1:]}},
		{"nothing", "", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, len(test.in)} {
				var passed bytes.Buffer
				tail := NewTail(0)
				stream := NewStream(&passed, tail)
				listener, received := collect()
				stream.Listen(listener)
				for chunk := range slices.Chunk([]byte(test.in), max(1, size)) {
					if n, err := stream.Write(chunk); n != len(chunk) || err != nil {
						t.Fatalf("Write = %d, %v; want %d", n, err, len(chunk))
					}
				}
				if got := tail.Lines(); !slices.Equal(got, test.tail) && !strings.HasPrefix(test.name, "nothing") {
					t.Errorf("before Close, in pieces of %d: Lines() = %.99q; want %.99q", size, got, test.tail)
				}
				for range 2 {
					if err := stream.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
				if got := tail.Lines(); !slices.Equal(got, test.tail) {
					t.Errorf("in pieces of %d: Lines() = %.99q; want %.99q", size, got, test.tail)
				}
				if !slices.Equal(*received, test.received) {
					t.Errorf("in pieces of %d: received %.99q; want %.99q", size, *received, test.received)
				}
				if passed.String() != test.in {
					t.Errorf("in pieces of %d: passed on %.99q; want %.99q", size, passed.String(), test.in)
				}
			}
		})
	}
}

// referenceLines is the slow and plain form that Streams are compared to.
func referenceLines(data []byte, n int) (tail, received []string) {
	lines := strings.Split(string(data), "\n")
	if lines[len(lines)-1] == "" || strings.Trim(lines[len(lines)-1], "\r") == "" {
		lines = lines[:len(lines)-1] // a CR alone is not a last line
	}
	for _, line := range lines {
		shown, passed := "", false
		line = strings.ReplaceAll(strings.ReplaceAll(line, "\x1b[1G", "\r"), "\x1b[G", "\r")
		for text := range strings.SplitSeq(line, "\r") {
			if text == "" {
				continue
			}
			shown, passed = text, true
			if len(text) > maxLine {
				text = text[:wholeLength([]byte(text[:maxLine]))]
			}
			received = append(received, string(StripANSI(nil, []byte(text))))
		}
		if !passed {
			received = append(received, "")
		}
		if len(shown) > maxLine {
			shown = string(StripANSI(nil, standing([]byte(shown[:wholeLength([]byte(shown[:maxLine]))])))) + ellipsis
		} else {
			shown = string(StripANSI(nil, standing([]byte(shown))))
		}
		tail = append(tail, shown)
	}
	return tail[max(0, len(tail)-n):], received
}

func FuzzStream(f *testing.F) {
	for _, s := range []string{"a\nb\r\nc", "1\r2\r3\n", "\r\n\r\r\n\n", "\x1b[31mx\r\x1b[K\ny", "a\n\r", "a\n\r\rb\n\n\n\n\n"} {
		f.Add([]byte(s), uint16(1), uint8(3))
		f.Add([]byte(s), uint16(0x1234), uint8(0))
	}
	f.Add(bytes.Repeat([]byte("ä\x1b[3"), maxLine/3), uint16(999), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, cuts uint16, listenFor uint8) {
		const n = 3
		wantTail, wantReceived := referenceLines(data, n)
		var passed bytes.Buffer
		tail := NewTail(n)
		stream := NewStream(&passed, tail)
		listener, received := collect()
		stop := func() {}
		if listenFor > 0 {
			stop = stream.Listen(listener)
		}
		for i, left := 0, data; len(left) > 0; i++ {
			if i == int(listenFor) {
				stop() // the rest takes the faster path
			}
			size := min(len(left), int(cuts>>(i%13))%37+1)
			if i > 40 {
				size = len(left)
			}
			stream.Write(left[:size])
			left = left[size:]
		}
		stream.Close()
		if got := tail.Lines(); !slices.Equal(got, wantTail) {
			t.Errorf("Lines() of %q = %q; want %q", data, got, wantTail)
		}
		if len(*received) > len(wantReceived) || !slices.Equal(*received, wantReceived[:len(*received)]) {
			t.Errorf("received of %q: %q; want it to begin %q", data, *received, wantReceived)
		}
		if listenFor > 42 && len(*received) != len(wantReceived) {
			t.Errorf("received of %q: %q; want %q", data, *received, wantReceived)
		}
		if !bytes.Equal(passed.Bytes(), data) {
			t.Errorf("passed on %q; want %q", passed.Bytes(), data)
		}
	})
}

// The last lines explain an end, without what was erased before.
func TestTailKeepsWhatStands(t *testing.T) {
	tail := NewTail(0)
	stream := NewStream(io.Discard, tail)
	io.WriteString(stream, strings.Repeat("\u2819\x1b[1G\x1b[0K\u2839\x1b[1G\x1b[0K", 500)+"npm error\n\x1b[32mred\x1b[0m\n\x1b[2J\x1b[Hnew")
	if got, want := tail.Lines(), []string{"npm error", "red", "new"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

// A prompt has no line end: listeners get it after a while, and the whole line when
// it has ended.
func TestListenToAnUnfinishedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := make(chan string, 9)
		stream := NewStream(io.Discard, NewTail(0))
		stream.Overhear(func(line []byte) { lines <- string(line) })
		io.WriteString(stream, "server ")
		time.Sleep(quiet - 1)
		io.WriteString(stream, "ready")
		time.Sleep(quiet - 1)
		synctest.Wait()
		if len(lines) > 0 {
			t.Errorf("got %q before the line stood for %v", <-lines, quiet)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		io.WriteString(stream, " now\n")
		time.Sleep(time.Second)
		synctest.Wait()
		for _, want := range []string{"server ready", "server ready now"} {
			if got := <-lines; got != want {
				t.Errorf("got %q; want %q", got, want)
			}
		}
		if len(lines) > 0 {
			t.Errorf("got %q as well", <-lines)
		}
	})
}

func TestStopListening(t *testing.T) {
	stream := NewStream(io.Discard, NewTail(0))
	first, receivedFirst := collect()
	second, receivedSecond := collect()
	stream.Listen(first)
	var stop func()
	stop = stream.Listen(func(line []byte) {
		second(line)
		if string(line) == "ready" {
			stop() // from within, as a readiness match would
			stop()
		}
	})
	for _, line := range []string{"a\n", "ready\n", "b\n"} {
		io.WriteString(stream, line)
	}
	if want := []string{"a", "ready", "b"}; !slices.Equal(*receivedFirst, want) {
		t.Errorf("first received %q; want %q", *receivedFirst, want)
	}
	if want := []string{"a", "ready"}; !slices.Equal(*receivedSecond, want) {
		t.Errorf("second received %q; want %q", *receivedSecond, want)
	}
}

func TestListenerMayAskTheTail(t *testing.T) {
	tail := NewTail(0)
	stream := NewStream(io.Discard, tail)
	var got []string
	stream.Listen(func([]byte) { got = tail.Lines() })
	io.WriteString(stream, "a\nb\n")
	if want := []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("Lines() within the listener = %q; want %q", got, want)
	}
}

func TestTwoStreamsShareATail(t *testing.T) {
	tail := NewTail(4)
	stdout, stderr := NewStream(io.Discard, tail), NewStream(io.Discard, tail)
	io.WriteString(stdout, "out 1\nout")
	io.WriteString(stderr, "err 1\nerr")
	io.WriteString(stdout, " 2\nprompt>")
	if got, want := tail.Lines(), []string{"err 1", "out 2", "prompt>", "err"}; !slices.Equal(got, want) {
		t.Errorf("Lines() = %q; want %q", got, want)
	}
	stderr.Close()
	stdout.Close()
	if got, want := tail.Lines(), []string{"err 1", "out 2", "err", "prompt>"}; !slices.Equal(got, want) {
		t.Errorf("Lines() after Close = %q; want %q", got, want)
	}
	if len(tail.open) != 0 {
		t.Errorf("%d unfinished lines after Close; want none", len(tail.open))
	}
	if _, err := stdout.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v; want os.ErrClosed", err)
	}
}

func TestTwoGoroutines(t *testing.T) {
	tail := NewTail(50)
	var mu sync.Mutex
	received := 0
	var copiers sync.WaitGroup
	for _, name := range []string{"out", "err"} {
		stream := NewStream(io.Discard, tail)
		stop := stream.Listen(func([]byte) {
			mu.Lock()
			received++
			mu.Unlock()
		})
		copiers.Go(func() {
			for i := range 500 {
				fmt.Fprintf(stream, "%s %d\r\n", name, i)
				if len(tail.Lines()) == 0 {
					t.Error("no line right after one was written")
				}
			}
			stop()
			stream.Close()
		})
	}
	copiers.Wait()
	if received != 1000 || len(tail.Lines()) != 50 {
		t.Errorf("received %d, kept %d; want 1000 and 50", received, len(tail.Lines()))
	}
}

func TestTailIsBounded(t *testing.T) {
	tail := NewTail(1000)
	stream := NewStream(io.Discard, tail)
	line := strings.Repeat("x", maxLine-1) + "\n"
	for range 100 {
		io.WriteString(stream, line)
	}
	if got, want := len(tail.Lines()), maxTail/(maxLine-1); got != want {
		t.Errorf("%d long lines are kept; want %d", got, want)
	}
	for range 5000 {
		io.WriteString(stream, "y\n")
	}
	held := 0
	for _, buf := range tail.ring {
		held += cap(buf)
	}
	if got := len(tail.Lines()); got != 1000 || held > 2*maxTail {
		t.Errorf("%d lines in buffers of %d bytes; want 1000 in at most %d", got, held, 2*maxTail)
	}
}

// flood is output in pieces of 32 KiB, as io.Copy reads it.
var floods = []struct {
	name  string
	piece []byte
}{
	{"lines", bytes.Repeat([]byte("2026-01-02T03:04:05Z INFO request path=/api/v1/items status=200\n"), 512)},
	{"short lines", bytes.Repeat([]byte("y\n"), 16<<10)},
	{"no line end", bytes.Repeat([]byte("x"), 32<<10)},
	{"progress bar", bytes.Repeat([]byte("\x1b[32m##########\x1b[0m 50%\r"), 1400)},
	{"coloured CRLF", bytes.Repeat([]byte("\x1b[2m12:00:00\x1b[0m \x1b[32minfo\x1b[0m GET /\r\n"), 780)},
}

func TestFloodInFlatMemory(t *testing.T) {
	for _, flood := range floods {
		tail := NewTail(0)
		stream := NewStream(io.Discard, tail)
		stream.Write(flood.piece) // makes the buffers
		stream.Write(flood.piece)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 1 << 30 / len(flood.piece) / 16 {
			stream.Write(flood.piece)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<10 {
			t.Errorf("%s: 64 MiB took %d bytes of memory; want next to none", flood.name, grown)
		}
	}
}

// limited takes this many bytes and no more, and returns no error of its own.
type limited int

func (l limited) Write(p []byte) (int, error) { return min(int(l), len(p)), nil }

func TestShortWrite(t *testing.T) {
	if n, err := NewStream(limited(3), NewTail(0)).Write([]byte("abcdef")); n != 3 || err != io.ErrShortWrite {
		t.Errorf("Write = %d, %v; want 3, %v", n, err, io.ErrShortWrite)
	}
}

func BenchmarkStream(b *testing.B) {
	for _, flood := range floods {
		for _, listen := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/listener=%v", flood.name, listen), func(b *testing.B) {
				stream := NewStream(io.Discard, NewTail(0))
				if listen {
					stream.Listen(func([]byte) {})
				}
				b.SetBytes(int64(len(flood.piece)))
				b.ReportAllocs()
				for b.Loop() {
					stream.Write(flood.piece)
				}
			})
		}
	}
}
