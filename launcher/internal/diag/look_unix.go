//go:build unix

package diag

import (
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelReadsScripts reports that the kernel runs the interpreter of a #! line.
const kernelReadsScripts = true

func hasSlash(name string) bool { return strings.Contains(name, "/") }

// mayExecute asks the kernel, which respects access lists and file systems that are
// mounted noexec.
func mayExecute(path string, info fs.FileInfo) bool {
	err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
	if err == unix.ENOSYS || err == unix.EPERM {
		return info.Mode().Perm()&0o111 != 0
	}
	return err == nil
}

// spellings is the path alone.
func spellings(path string, _ []string) []string { return []string{path} }

func sameVariable(a, b string) bool { return a == b }
