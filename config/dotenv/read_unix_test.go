//go:build unix

package dotenv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Repeat("#", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := mkfifo(t)
	for _, tt := range []struct {
		path, want string
		is         error
	}{
		{write("small", 10), "", nil},
		{write("most", maxBytes), "", nil},
		{os.DevNull, "", nil},
		{write("large", maxBytes+1), "larger than 1024 KiB", nil},
		{filepath.Join(dir, "missing"), "no such file", fs.ErrNotExist},
		{dir, "it is a folder", nil},
		{"/dev/zero", "a device", nil},
		{fifo, "it is a pipe, which is read only", nil},
	} {
		var files Files
		_, err := files.Read(tt.path)
		if err == nil != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("Read(%s): %v; want an error with %q", tt.path, err, tt.want)
		}
		var broken *Error
		if err != nil && (!errors.As(err, &broken) || broken.Path != tt.path) {
			t.Errorf("Read(%s): %#v; want an *Error", tt.path, err)
		}
		if tt.path == fifo {
			continue
		}
		if err := files.Remember(t.Context(), tt.path); err != nil {
			t.Errorf("Remember(%s): %v; want nothing done for what is no pipe", tt.path, err)
		}
	}
}

func mkfifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPipe reads a named pipe whose writer comes late and writes slowly, and after
// that from memory.
func TestPipe(t *testing.T) {
	path := mkfifo(t)
	var files Files
	wrote := make(chan error, 1)
	// Ends when Remember has read everything.
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			wrote <- err
			return
		}
		for _, part := range []string{"A=", "1\n", "B=2\n"} {
			if _, err = f.WriteString(part); err != nil {
				break
			}
		}
		wrote <- errors.Join(err, f.Close())
	}()
	others := make(chan error, 2)
	for range 2 { // each ends like the first
		go func() { others <- files.Remember(t.Context(), path) }()
	}
	if err := files.Remember(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := files.Read(path); got != "A=1\nB=2\n" || err != nil {
			t.Errorf("Read: %q, %v; want what was written", got, err)
		}
	}
}

// TestDescriptor reads what a process substitution gives: a pipe that is open
// already, whose writer may be gone and may have written nothing.
func TestDescriptor(t *testing.T) {
	for _, text := range []string{"", "A=1\n"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := w.WriteString(text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		path := fmt.Sprintf("/dev/fd/%d", r.Fd())
		var files Files
		if err := files.Remember(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if got, err := files.Read(path); got != text || err != nil {
			t.Errorf("Read: %q, %v; want %q", got, err, text)
		}
	}
}

// TestNobodyWrites holds that neither a pipe without a writer nor a silent writer
// is waited for without an end.
func TestNobodyWrites(t *testing.T) {
	var files Files
	path := mkfifo(t)
	if err := files.Remember(t.Context(), path); err == nil || !strings.Contains(err.Error(), "nobody writes") {
		t.Errorf("without a writer: %v; want an error that says so", err)
	}
	silent, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
	if err := files.Remember(ctx, path); !errors.Is(err, stopped) {
		t.Errorf("with a silent writer: %v; want %v", err, stopped)
	}
}
