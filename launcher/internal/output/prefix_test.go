package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestLabels(t *testing.T) {
	got := Labels([]string{"api", "größer"}, false)
	if want := []Label{{"api    | ", "api    : "}, {"größer | ", "größer : "}}; !slices.Equal(got, want) {
		t.Errorf("Labels = %q; want %q", got, want)
	}
	got = Labels([]string{"a", "b"}, true)
	if want := (Label{"\x1b[0;33mb |\x1b[0m ", "\x1b[0;33mb :\x1b[0m "}); got[1] != want {
		t.Errorf("second label = %q; want %q", got[1], want)
	}
	if got := Labels(make([]string, 50), true); len(got) != 50 {
		t.Errorf("%d labels; want 50", len(got))
	}
}

var plainLabel = Label{first: "a | ", next: "a : "}

// writes records each Write separately.
type writes struct {
	mu   sync.Mutex
	list []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, string(p))
	return len(p), nil
}

func TestPrefix(t *testing.T) {
	long := strings.Repeat("x", maxPrefixed)
	tests := []struct{ name, in, want string }{
		{"lines", "1\n2\n", "a | 1\na | 2\n"},
		{"no line end", "1\n2", "a | 1\na | 2\n"},
		{"blank lines", "\n\n1\n", "a | \na | \na | 1\n"},
		{"CRLF", "1\r\n\r\n2\r\n", "a | 1\na | \na | 2\n"},
		{"progress bar", "10%\r20%\r\ndone\n", "a | 20%\na | done\n"},
		{"progress bar, CR first", "\r10%\r20%\n", "a | 20%\n"},
		{"colours end with the line", "\x1b[31mred\nmore\x1b[0m\n", "a | \x1b[31mred\x1b[0m\na | more\x1b[0m\n"},
		{"cursor and screen", "\x1bc\x1b[2J\x1b[H1\x07\n\x1b[1A2\n", "a | 1\na | 2\n"},
		{"longest", long + "\n", "a | " + long + "\n"},
		{"too long", long + "yz\n2\n", "a | " + long + "\na : yz\na | 2\n"},
		{"cut before a character", long[1:] + "ä\n", "a | " + long[1:] + "\na : ä\n"},
		{"cut before a colour", long[3:] + "\x1b[31my\n", "a | " + long[3:] + "\na : \x1b[31my\x1b[0m\n"},
		{"too long, then overwritten", long + "yz\r1\n", "a | " + long + "\na | 1\n"},
		{"1 MiB", strings.Repeat(long, 16) + "\n", "a | " + long + "\n" + strings.Repeat("a : "+long+"\n", 15)},
		{"nothing", "", ""},
		{"vite clears the screen", "old\n" + strings.Repeat("\n", 48) + "\n\x1b[1;1H\x1b[0J\n  VITE ready\n\n  url\n", "a | old\na |   VITE ready\na | \na |   url\n"},
		{"tsc clears the screen", "old\nunfinished\x1bc1:00 watching\n\n", "a | old\na | 1:00 watching\n"},
		{"clear", "$ \x1b[H\x1b[2J\x1b[3Jnew\n", "a | $ \na | new\n"},
		{"alternate screen", "old\x1b[?1049hprogram\x1b[5;1Hline\x1b[?1049lnew\n", "a | program\na | new\n"},
		{"npm's spinner", "\x1b[?25l\u2819\x1b[1G\x1b[0K\u2839\x1b[1G\x1b[0K\x1b[?25hnpm error\n", "a | npm error\n"},
		{"spinner without text after it", "\u2819\r\u2839\r\x1b[K\nnext\n", "a | next\n"},
		{"spinner by columns", "\u2819\x1b[1D\u2839\x1b[1000D\x1b[Kdone\n", "a | done\n"},
		{"spinner by backspaces", "work |\b/\b-\b \bdone\n", "a | work done\n"},
		{"coloured spinner", "\x1b[36m|\x1b[0m\b\x1b[36m/\x1b[0m\b \b\r\x1b[2Kdone\n", "a | done\n"},
		{"lines are drawn again", "\x1b[2Kone\ntwo\n\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K\x1b[Gone!\ntwo!\n", "a | one\na | two\na | one!\na | two!\n"},
		{"up from a line with text", "50%\x1b[1Amore\n", "a | 50%\na | more\n"},
		{"hidden cursor at the end", "10%\r20%\r\x1b[?25h\n", "a | 20%\n"},
		{"a colour begins the replacement", "10%\r\x1b[32mdone\x1b[0m\n", "a | \x1b[32mdone\x1b[0m\n"},
		{"broken sequences", "a\x1b[3\rb\x1b\u00e4\x1b[\n\x1b]0;title\nc\n", "a | b\u00e4\na | \na | c\n"},
		{"a sequence in a sequence", "a\x1b[3\x1b[1Gb\n", "a | b\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // time stands still, so nothing is shown early
				for _, size := range []int{1, 3, 32 << 10, len(test.in)} {
					if len(test.in) > 1<<18 && size < 32<<10 {
						continue
					}
					var got bytes.Buffer
					p := NewPrefix(&got, plainLabel)
					for chunk := range slices.Chunk([]byte(test.in), max(1, size)) {
						if n, err := p.Write(chunk); n != len(chunk) || err != nil {
							t.Fatalf("Write = %d, %v; want %d", n, err, len(chunk))
						}
					}
					for range 2 {
						if err := p.Close(); err != nil {
							t.Errorf("Close: %v", err)
						}
					}
					if got.String() != test.want {
						t.Errorf("in pieces of %d: %.200q; want %.200q", size, got.String(), test.want)
					}
					if _, err := p.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
						t.Errorf("Write after Close: %v; want os.ErrClosed", err)
					}
				}
			})
		})
	}
}

func TestPrefixShowsUnfinishedLines(t *testing.T) {
	type step struct {
		wait time.Duration
		text string
	}
	const ms = time.Millisecond
	tests := []struct {
		name  string
		steps []step
		want  []string // "at: text" of each Write
	}{
		{"prompt", []step{{0, "name? "}, {time.Second, "x\n"}}, []string{"100ms: a | name? ", "1s: a : x"}},
		{"the line end comes late", []step{{0, "done"}, {time.Second, "\n"}, {0, "next\n"}}, []string{"100ms: a | done", "1s: a | next"}},
		{"in time", []step{{0, "list"}, {99 * ms, "ening"}, {99 * ms, "\n"}}, []string{"198ms: a | listening"}},
		{"row of dots", slices.Repeat([]step{{50 * ms, "."}}, 30), []string{"1.05s: a | " + strings.Repeat(".", 20), "1.6s: a : .........."}},
		{"progress bar", slices.Repeat([]step{{300 * ms, "5%\r"}}, 6), []string{"1.3s: a | 5%"}},
		{"progress bar, CR first", append(slices.Repeat([]step{{300 * ms, "\r5%"}}, 6), step{0, "\n"}), []string{"1.3s: a | 5%"}},
		{"progress bar is done", []step{{0, "5%\r"}, {2 * time.Second, "\n"}}, []string{"1s: a | 5%"}},
		{"hidden cursor", []step{{0, "\x1b[?25l"}, {time.Second, "x\n"}}, []string{"1s: a | x"}},
		{"spinner", []step{{0, "\u2819"}, {500 * ms, "\x1b[1G\x1b[0K\u2839"}, {2 * time.Second, "\x1b[1G\x1b[0K"}, {0, "done\n"}}, []string{"2.5s: a | done"}},
		{"spinner beside text", append(slices.Repeat([]step{{400 * ms, "\r\u2819 building"}, {400 * ms, "\r\u2839 building"}}, 3), step{0, "\r\u2714 built\n"}), []string{"1.4s: a | \u2819 building", "2.4s: a | \u2714 built"}},
		{"half a character", []step{{0, "gr\xc3"}, {time.Second, "\xbcn\n"}}, []string{"100ms: a | gr", "1s: a : ün"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var got []string
				p := NewPrefix(writerFunc(func(line []byte) (int, error) {
					got = append(got, fmt.Sprintf("%v: %s", time.Since(start), strings.TrimSuffix(string(line), "\n")))
					return len(line), nil
				}), plainLabel)
				for _, step := range test.steps {
					time.Sleep(step.wait) // synctest's clock
					synctest.Wait()
					io.WriteString(p, step.text)
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if err := p.Close(); err != nil {
					t.Error(err)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("shown %q; want %q", got, test.want)
				}
			})
		})
	}
}

// TestPrefixEndLine writes the output of two processes to one stream. The first
// ends in the middle of a line.
func TestPrefixEndLine(t *testing.T) {
	var w writes
	p := NewPrefix(&w, plainLabel)
	for _, text := range []string{"whole\nhalf", "other\n", "", "last\n"} {
		if _, err := p.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		p.EndLine()
	}
	if got, want := strings.Join(w.list, ""), "a | whole\na | half\na | other\na | last\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestPrefixReportsALateError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		broken := writerFunc(func([]byte) (int, error) { return 0, full })
		p := NewPrefix(broken, plainLabel)
		if _, err := io.WriteString(p, "unfinished"); err != nil {
			t.Errorf("Write: %v; want no error yet", err)
		}
		time.Sleep(quiet)
		synctest.Wait()
		if _, err := io.WriteString(p, "more"); err != full {
			t.Errorf("Write: %v; want %v", err, full)
		}
		if n, err := NewPrefix(limited(1), plainLabel).Write([]byte("x\n")); n != 0 || err != io.ErrShortWrite {
			t.Errorf("Write = %d, %v; want 0, %v", n, err, io.ErrShortWrite)
		}
	})
}

func TestPrefixesShareADestination(t *testing.T) {
	var got writes
	labels := Labels([]string{"api", "db"}, false)
	var services sync.WaitGroup
	for i, label := range labels {
		p := NewPrefix(&got, label)
		services.Go(func() {
			for n := range 300 {
				for _, part := range []string{fmt.Sprint("line ", n), " of ", fmt.Sprint(i), "\n"} {
					io.WriteString(p, part)
				}
			}
			io.WriteString(p, "the last")
			p.Close()
		})
	}
	services.Wait()
	lasts := 0
	for _, w := range got.list {
		if !strings.HasSuffix(w, "\n") || !strings.HasPrefix(w, "api | ") && !strings.HasPrefix(w, "db  | ") && !strings.Contains(w, " : ") {
			t.Errorf("Write of %q; want whole lines with a label", w)
		}
		if strings.Contains(w, "| the last") {
			lasts++
		}
	}
	if lasts != 2 {
		t.Errorf("%d last lines; want 2", lasts)
	}
}

func TestPrefixInFlatMemory(t *testing.T) {
	for _, flood := range floods {
		p := NewPrefix(io.Discard, plainLabel)
		for range 50 {
			p.Write(flood.piece)
		}
		if held := cap(p.out) + cap(p.row.text); held > 8*maxBatch {
			t.Errorf("%s: %d bytes are held; want at most %d", flood.name, held, 8*maxBatch)
		}
		p.Close()
	}
}

func FuzzPrefix(f *testing.F) {
	for _, s := range []string{"a\nb\r\nc", "1\r2\r\r\n3\r", "\x1b[31mr\r\x1b[0m\n\xc3", "\n\r\n\r", "\n\n\x1b[1;1H\x1b[0Jx", "a\x1b[1G\x1b[Kb\b\x1b[3D\x1b[32mc", "a\x1b[1Ab\x1bcd\x1b]0;t\x07e"} {
		f.Add([]byte(s), uint16(1))
		f.Add([]byte(s), uint16(0x1234))
	}
	f.Fuzz(func(t *testing.T, data []byte, cuts uint16) {
		run := func(size func(i int) int) string {
			var got bytes.Buffer
			p := NewPrefix(&got, plainLabel)
			p.timer = time.AfterFunc(time.Hour, func() {}) // instead of the one that shows unfinished lines
			for i, left := 0, data; len(left) > 0; i++ {
				n := min(len(left), size(i))
				p.Write(left[:n])
				left = left[n:]
			}
			p.Close()
			return got.String()
		}
		want := run(func(int) int { return len(data) })
		got := run(func(i int) int { return int(cuts>>(i%13))%37 + 1 })
		if got != want {
			t.Errorf("%q in pieces: %q; in one piece: %q", data, got, want)
		}
		if got != "" && !strings.HasSuffix(got, "\n") {
			t.Errorf("%q becomes %q; want whole lines", data, got)
		}
		for line := range strings.Lines(got) {
			if !strings.HasPrefix(line, "a | ") && !strings.HasPrefix(line, "a : ") {
				t.Errorf("%q becomes a line %q; want a label", data, line)
			}
			if utf8.Valid(data) && !utf8.ValidString(line) {
				t.Errorf("%q becomes a line %q; want valid UTF-8", data, line)
			}
		}
	})
}

func BenchmarkPrefix(b *testing.B) {
	for _, flood := range floods {
		b.Run(flood.name, func(b *testing.B) {
			p := NewPrefix(io.Discard, Labels([]string{"api"}, true)[0])
			defer p.Close()
			b.SetBytes(int64(len(flood.piece)))
			b.ReportAllocs()
			for b.Loop() {
				p.Write(flood.piece)
			}
		})
	}
}
