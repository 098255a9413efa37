//go:build !linux

package check

import (
	"net"
	"testing"
)

// bindWithoutReuse does nothing: outside of Linux, other rules decide whether
// TIME_WAIT prevents a plain bind.
func bindWithoutReuse(t *testing.T, _ *net.TCPAddr) { t.Helper() }
