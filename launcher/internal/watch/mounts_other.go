//go:build !linux

package watch

import (
	"errors"
	"fmt"
)

// polledMounts knows of none: network file systems are not told apart here,
// and changes made on other machines may go unseen unless Spec.PollOnly is set.
func polledMounts([]string) map[string]string { return map[string]string{} }

// FileSystemOf does not know here. Its error wraps errors.ErrUnsupported.
func FileSystemOf(path string) (FileSystem, error) {
	return FileSystem{}, fmt.Errorf("file system of %s: %w", path, errors.ErrUnsupported)
}
