//go:build unix

package config

import (
	"os"
	"path/filepath"
	"syscall"
)

// planted reports whether another user, other than root, has put the file into a
// folder that anyone can write to.
func planted(path string) bool {
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil || folder.Mode().Perm()&0o002 == 0 {
		return false
	}
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}
