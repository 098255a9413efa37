package machine

import (
	"os"
	"path/filepath"
)

func hostsFile() string {
	return filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc", "hosts")
}
