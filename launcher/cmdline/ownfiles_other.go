//go:build !linux

package cmdline

import (
	"errors"
	"os"
)

// pathOf fails: only Linux tells the name under which an inherited file was opened.
func pathOf(*os.File) (string, error) { return "", errors.ErrUnsupported }
