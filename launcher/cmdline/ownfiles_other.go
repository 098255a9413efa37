//go:build !linux

package cmdline

import (
	"errors"
	"os"
)

// pathOf is the name under which an inherited file was opened, which is not
// asked for here.
func pathOf(*os.File) (string, error) { return "", errors.ErrUnsupported }
