//go:build !linux

package port

import (
	"fmt"
	"os"
	"testing"

	"github.com/adrg/xdg"
)

// TestMain keeps the tests' lock files out of the user's folders.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "port")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("XDG_STATE_HOME", dir)
	xdg.Reload()
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

func isUnused(int) bool { return true }
