package process

import (
	"os"
	"syscall"
)

// Signal sends sig, and nothing else, to every process group of the tree.
func (p *Process) Signal(sig os.Signal) error {
	number, ok := sig.(syscall.Signal)
	if !ok {
		return os.ErrInvalid
	}
	members, err := p.Members()
	if err != nil {
		return err
	}
	sendTree(members, number)
	return nil
}
