//go:build unix

package process

import "os"

// KeyboardSpec describes the Keyboard of several services. Its functions are called
// from one goroutine, and must not block.
type KeyboardSpec struct {
	In    *os.File
	Typed func(keys []byte) // while no service is attached; keys is not to be kept
	// Leave cuts what is typed to an attached service at the key that leaves it.
	Leave func(keys []byte) (before, after []byte, found bool)
	Left  func() // the attached service was left
}

// OpenKeyboard takes the keys of the user's terminal for several services. Without
// an attached one, Ctrl-C and the like are signals as usual, and what was typed
// before devrun had the terminal is dropped.
func OpenKeyboard(spec KeyboardSpec) (*Keyboard, error) {
	k := &Keyboard{in: spec.In, shared: true}
	k.keys = func(typed []byte) { k.dispatch(spec, typed) }
	if err := k.start(); err != nil {
		return nil, err
	}
	return k, nil
}

// dispatch passes on what was typed.
func (k *Keyboard) dispatch(spec KeyboardSpec, keys []byte) {
	k.mu.Lock()
	line := k.attached
	var terminal *Terminal
	if line != nil {
		terminal = line.terminal
	}
	k.mu.Unlock()
	if line == nil {
		spec.Typed(keys)
		return
	}
	before, after, left := spec.Leave(keys)
	if rest, nobody := terminal.typed(before); nobody {
		after, left = rest, true
	}
	if !left {
		return
	}
	k.Attach(nil)
	spec.Left()
	if len(after) > 0 {
		spec.Typed(after)
	}
}

// Attach makes line receive every key until it is left; nil leaves it.
func (k *Keyboard) Attach(line *Line) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.attached = line
	if k.saved == nil || !k.foreground() {
		return
	}
	ours := k.mode(*k.saved)
	_ = setTermios(int(k.in.Fd()), &ours)
	k.unprocessed = false
}

// Line is the way of keys to one of several services, through its restarts.
type Line struct {
	keyboard *Keyboard
	terminal *Terminal // nil while there is none; guarded by mu of keyboard
}

// NewLine returns a line on which nothing is typed before Attach.
func (k *Keyboard) NewLine() *Line { return &Line{keyboard: k} }

// OpenTerminal returns the terminal of the line's service: out provides the window's
// size, and suspend is called, from a goroutine of its own, when Ctrl-Z was typed,
// which the service does not receive. Ctrl-C is for the service alone.
func (l *Line) OpenTerminal(out *os.File, suspend func()) *Terminal {
	t := &Terminal{out: out, interrupt: func() {}, suspend: suspend, keyboard: l.keyboard, line: l, shown: make(chan struct{}, 1)}
	l.keyboard.mu.Lock()
	defer l.keyboard.mu.Unlock()
	l.terminal = t
	return t
}

// close ends the terminal t of the line.
func (l *Line) close(t *Terminal) {
	l.keyboard.mu.Lock()
	defer l.keyboard.mu.Unlock()
	if l.terminal == t {
		l.terminal = nil
	}
}
