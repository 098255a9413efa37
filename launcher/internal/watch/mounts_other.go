//go:build !linux

package watch

import (
	"errors"
	"fmt"
)

// polledMounts returns none: network file systems are not recognised here, and
// changes made on other machines may be missed unless Spec.PollOnly is set.
func polledMounts([]string) map[string]string { return map[string]string{} }

// FileSystemOf fails here. Its error wraps errors.ErrUnsupported.
func FileSystemOf(path string) (FileSystem, error) {
	return FileSystem{}, fmt.Errorf("file system of %s: %w", path, errors.ErrUnsupported)
}
