//go:build unix

package process

import (
	"io"
	"os"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// streams are the ends of a command's standard streams.
type streams struct {
	files  [3]*os.File // the command's
	opened []*os.File  // those of files that we have to close
	slave  *os.File    // the command's terminal; nil for none
	master *os.File    // our end of it
	ctty   int         // which of files is the slave
}

func (s *streams) theirs() []*os.File { return s.files[:] }

// closeOurs closes the ends that only the command may have open.
func (s *streams) closeOurs() {
	for _, f := range s.opened {
		f.Close()
	}
}

// openStreams makes the command's streams, and the copiers for its output.
func (p *Process) openStreams() (*streams, error) {
	s := &streams{}
	err := p.open(s)
	if err != nil {
		s.closeOurs()
		p.closeInput()
		p.closeOutputs()
	}
	return s, err
}

func (p *Process) open(s *streams) error {
	tty := p.spec.TTY
	if p.spec.Terminal != nil && tty != (TTY{}) {
		if err := s.openTerminal(p.spec.Terminal); err != nil {
			return err
		}
		p.outputs = append(p.outputs, &copier{from: s.master, to: p.screen(), translate: p.spec.Terminal.processed(s.master), wrote: p.spec.Terminal.wrote})
		p.name(s.slave)
	} else {
		tty = TTY{}
	}
	for i, terminal := range []bool{tty.Stdin, tty.Stdout, tty.Stderr} {
		if terminal {
			s.files[i] = s.slave
			s.ctty = i
		}
	}
	if s.files[0] == nil {
		if err := p.openInput(s); err != nil {
			return err
		}
	}
	for i, to := range []io.Writer{p.spec.Stdout, p.spec.Stderr} {
		if s.files[1+i] != nil {
			continue
		}
		if to == nil {
			to = io.Discard
		}
		from, end, err := outputPipe()
		if err != nil {
			return err
		}
		s.files[1+i] = end
		s.opened = append(s.opened, end)
		p.outputs = append(p.outputs, &copier{from: from, to: to})
		p.name(end)
	}
	return nil
}

// name records the name of the command's end of a stream.
func (p *Process) name(end *os.File) {
	control(end, func(fd int) {
		if name := streamName(fd); name != "" {
			p.names = append(p.names, name)
		}
	})
}

// screen returns the writer for the output of the command's terminal.
func (p *Process) screen() io.Writer {
	switch {
	case p.spec.TTY.Stdout:
		return p.spec.Stdout
	case p.spec.TTY.Stderr:
		return p.spec.Stderr
	}
	return p.spec.Terminal.out // the echo of the keys
}

func (p *Process) openInput(s *streams) error {
	switch {
	case p.spec.Stdin != nil:
		s.files[0] = p.spec.Stdin
		return nil
	case p.spec.OpenStdin:
		theirs, ours, err := os.Pipe() // one for each start: the command may make it non-blocking
		if err != nil {
			return err
		}
		p.input, s.files[0] = ours, theirs
	default:
		// os.Open would make it non-blocking first, and blocking again.
		null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		s.files[0] = os.NewFile(uintptr(null), os.DevNull)
	}
	s.opened = append(s.opened, s.files[0])
	return nil
}

// openTerminal makes a pseudo-terminal with the size and the settings of the
// user's.
func (s *streams) openTerminal(t *Terminal) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	s.slave = slave
	s.opened = append(s.opened, slave)
	// The library makes the descriptor blocking, and a blocked read could not
	// be ended.
	defer master.Close()
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return err
	}
	s.master = os.NewFile(uintptr(fd), master.Name())
	t.configure(slave)
	return nil
}

var errNotDir error = syscall.ENOTDIR

// searchable returns the reason why a folder may not be entered.
func searchable(dir string) error { return unix.Access(dir, unix.X_OK) }
