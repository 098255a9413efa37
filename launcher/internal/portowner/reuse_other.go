//go:build !linux

package portowner

import "errors"

// ReusesAddress cannot be determined on this system: its *Error wraps
// errors.ErrUnsupported.
func ReusesAddress(pid int, _ uint64) (bool, error) {
	return false, &Error{Op: "read SO_REUSEADDR of process", Operand: pid, Err: errors.ErrUnsupported}
}
