package launcher

import (
	"io"

	"devrun/launcher/internal/process"
)

// RunGuardian is the life of a guardian, the process that clears up when
// devrun itself is killed. It returns its exit status.
func RunGuardian(in io.Reader) int { return process.RunGuardian(in) }
