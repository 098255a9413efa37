//go:build !linux

package cmdline

import (
	"errors"
	"os"
)

// pathOf returns the name under which an inherited file was opened. It
// is not implemented here.
func pathOf(*os.File) (string, error) { return "", errors.ErrUnsupported }
