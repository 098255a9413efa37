package dotenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// Error is an env file that cannot be used: it cannot be read, or has mistakes.
type Error struct {
	Path     string
	Mistakes []Mistake // in file order
	Err      error     // why it cannot be read; nil where there are mistakes
}

func (e *Error) Error() string {
	if len(e.Mistakes) == 0 {
		return fmt.Sprintf("env file %s: %v", e.Path, e.Err)
	}
	text := "env file " + e.Path + e.Mistakes[0].String()
	if more := len(e.Mistakes) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Unwrap returns the reason for a file that cannot be read.
func (e *Error) Unwrap() error { return e.Err }

const (
	maxBytes = 1 << 20
	// writerPatience is how long devrun waits for the writer of a pipe.
	writerPatience = 2 * time.Second
	// pipePatience is how long the whole text of a pipe is waited for: its writer may
	// ask a person for a password.
	pipePatience = time.Minute
	pipeStep     = 10 * time.Millisecond
)

// Files reads env files. It remembers the text of pipes, which can be read only
// once. Its zero value is ready to use, and its methods may be called from any
// goroutine.
type Files struct {
	mu    sync.Mutex
	pipes map[string]*pipe
}

// pipe is a pipe that is being read, or that was.
type pipe struct {
	read chan struct{} // closed when what follows is known
	text string
	err  error
}

// IsPipe reports whether path is read once only: a pipe, such as that of a process
// substitution, or a file descriptor such as /dev/stdin.
func IsPipe(path string) bool {
	info, err := os.Stat(path)
	return isDescriptor(path) || err == nil && info.Mode().Type() == fs.ModeNamedPipe
}

// isDescriptor reports whether path names an open file of devrun.
func isDescriptor(path string) bool {
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// Remember reads path if that is a pipe, unless it is remembered already. It waits
// for the writer as long as ctx allows, at most a minute. The error is an *Error.
func (f *Files) Remember(ctx context.Context, path string) error {
	if !IsPipe(path) {
		return nil
	}
	f.mu.Lock()
	known := f.pipes[path]
	if known != nil {
		f.mu.Unlock()
		select {
		case <-known.read:
			return known.err
		case <-ctx.Done():
			return &Error{Path: path, Err: context.Cause(ctx)}
		}
	}
	p := &pipe{read: make(chan struct{})}
	if f.pipes == nil {
		f.pipes = map[string]*pipe{}
	}
	f.pipes[path] = p
	f.mu.Unlock()
	text, err := readPipe(ctx, path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.text = text; err != nil {
		p.err = &Error{Path: path, Err: reason(err)}
		delete(f.pipes, path) // another try may do better
	}
	close(p.read)
	return p.err
}

// Read returns the text of a file without waiting for anybody: of a pipe, what is
// remembered. The error is an *Error.
func (f *Files) Read(path string) (string, error) {
	if !IsPipe(path) {
		text, err := readFile(path)
		if err != nil {
			return "", &Error{Path: path, Err: reason(err)}
		}
		return text, nil
	}
	f.mu.Lock()
	p := f.pipes[path]
	f.mu.Unlock()
	if p != nil {
		select {
		case <-p.read:
			return p.text, nil
		default:
		}
	}
	return "", &Error{Path: path, Err: errors.New("it is a pipe, which is read only when the service is first started")}
}

// reason removes the path from an error of the system.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// readFile reads a file that is no pipe.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder")
	case isNull(info):
		return "", nil
	case !info.Mode().IsRegular():
		return "", errors.New("it is a device or a socket; only files and pipes are read")
	}
	f, err := open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

// isNull reports whether info is that of the null device, which is empty.
func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

func readAll(from io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err == nil && len(data) > maxBytes {
		err = fmt.Errorf("it is larger than %d KiB", maxBytes>>10)
	}
	return string(data), err
}

// readPipe reads a pipe, or a file descriptor, to its end.
func readPipe(ctx context.Context, path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Type() != fs.ModeNamedPipe {
		return readFile(path)
	}
	f, err := open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := f.SetReadDeadline(time.Now().Add(pipePatience)); err != nil {
		return "", err
	}
	defer context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Now()) })()
	text, err := readAll(f)
	// A named pipe without a writer is at its end at once.
	for began := time.Now(); err == nil && text == "" && !isDescriptor(path) && ctx.Err() == nil; text, err = readAll(f) {
		if time.Since(began) > writerPatience {
			return "", errors.New("it is a pipe that nobody writes to")
		}
		select {
		case <-time.After(pipeStep):
		case <-ctx.Done():
		}
	}
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", fmt.Errorf("it is a pipe whose writer has not closed it after %v", pipePatience)
	}
	return text, err
}
