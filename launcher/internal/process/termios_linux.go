package process

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// terminalPath returns the name of the terminal that is open as fd.
func terminalPath(fd int) (string, error) { return os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)) }

// streamName returns the name by which hasOpen finds a stream that is open as fd;
// "" for none.
func streamName(fd int) string {
	name, _ := terminalPath(fd)
	return name
}

func getTermios(fd int) (*unix.Termios, error) { return unix.IoctlGetTermios(fd, unix.TCGETS) }

func setTermios(fd int, t *unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TCSETS, t) }

// setTermiosFlush is setTermios that drops what was typed before.
func setTermiosFlush(fd int, t *unix.Termios) error {
	return unix.IoctlSetTermios(fd, unix.TCSETSF, t)
}
