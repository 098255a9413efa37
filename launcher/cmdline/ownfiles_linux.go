package cmdline

import (
	"os"
	"strconv"
)

// pathOf returns the name under which an inherited file was opened.
func pathOf(f *os.File) (string, error) {
	return os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
}
