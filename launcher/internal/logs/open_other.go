//go:build !windows

package logs

import "os"

// openShared opens a file that others may rename.
func openShared(path string, flag int) (*os.File, error) { return os.OpenFile(path, flag, 0o600) }
