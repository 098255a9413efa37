//go:build !linux

package cmdline

import (
	"errors"
	"os"
)

// pathOf fails: only Linux tells the name under which an inherited file was opened.
func pathOf(*os.File) (string, error) { return "", errors.ErrUnsupported }

// downstream returns nil: only Linux tells who reads a pipe.
func downstream(...*os.File) func() []string { return nil }
