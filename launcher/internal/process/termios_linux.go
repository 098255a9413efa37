package process

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// terminalPath is the name of the terminal that is open as fd.
func terminalPath(fd int) (string, error) { return os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)) }

// streamName is by what holds tells a stream that is open as fd: "" is by
// nothing. A terminal of ours is one whose other end has been closed, which its
// number is not given to another one before.
func streamName(fd int) string {
	name, err := terminalPath(fd)
	if err != nil {
		return ""
	}
	if strings.HasPrefix(name, "/dev/pts/") {
		return name + " (deleted)"
	}
	return name
}

func getTermios(fd int) (*unix.Termios, error) { return unix.IoctlGetTermios(fd, unix.TCGETS) }

func setTermios(fd int, t *unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TCSETS, t) }
