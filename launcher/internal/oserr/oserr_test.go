package oserr

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
)

func TestCause(t *testing.T) {
	other := errors.New("other")
	for _, tt := range []struct{ err, want error }{
		{&os.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}, syscall.ENOENT},
		{&os.LinkError{Op: "rename", Old: "/x", New: "/y", Err: syscall.EXDEV}, syscall.EXDEV},
		{fmt.Errorf("start: %w", os.NewSyscallError("pipe2", syscall.EMFILE)), syscall.EMFILE},
		{other, other},
		{nil, nil},
	} {
		if got := Cause(tt.err); got != tt.want {
			t.Errorf("Cause(%v) = %v; want %v", tt.err, got, tt.want)
		}
	}
}
