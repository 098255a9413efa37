package output

import (
	"os"

	"golang.org/x/sys/windows"
)

// sameTerminal returns true: a process has only one console.
func sameTerminal(_, _ *os.File) bool { return true }

// Columns returns the width of a console. It is 0 if f is none.
func Columns(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if err := windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info); err != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
