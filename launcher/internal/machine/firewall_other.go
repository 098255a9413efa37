//go:build !linux

package machine

import (
	"context"
	"errors"
)

// ReadFirewall knows no packet filter of this system. Its error wraps
// errors.ErrUnsupported.
func ReadFirewall(context.Context) (Firewall, error) {
	return Firewall{}, &Error{Op: "list rules of", Operand: "the firewall", Err: errors.ErrUnsupported}
}
