//go:build !windows

package logs

import "os"

// openShared opens a file that may be renamed meanwhile.
func openShared(path string, flag int) (*os.File, error) { return os.OpenFile(path, flag, 0o600) }
