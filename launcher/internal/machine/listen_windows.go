package machine

import "syscall"

// exclusive has nothing to clear: Go sets no SO_REUSEADDR here.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }
