package cmdline

import (
	"os"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/keys"
	"devrun/launcher/internal/mailbox"
	"devrun/launcher/internal/process"
)

// keyboard is the keys of a terminal with several services. A nil one has no keys.
type keyboard struct {
	*process.Keyboard
	box  *mailbox.Box[input]
	over chan struct{} // closed by close
	done chan struct{} // closed when serve has returned; nil before it was called
}

// input is what the terminal reports.
type input struct {
	typed []byte
	left  bool // the attached service was left
}

// newKeyboard takes the keys of the terminal if several services are to be run at
// one, for a person to read; nil otherwise, and where that is not supported. A single
// service has the keys itself.
func newKeyboard(ctx *urfave.Context, tty process.TTY, services int) *keyboard {
	if services < 2 || tty != (process.TTY{Stdin: true, Stdout: true, Stderr: true}) || ctx.String("log-format") != "text" || ctx.Bool("dry-run") {
		return nil
	}
	k := &keyboard{box: mailbox.New[input](), over: make(chan struct{})}
	var err error
	k.Keyboard, err = process.OpenKeyboard(process.KeyboardSpec{
		In:    os.Stdin,
		Typed: func(typed []byte) { k.box.Put(input{typed: slices.Clone(typed)}) },
		Leave: keys.Leave,
		Left:  func() { k.box.Put(input{left: true}) },
	})
	if err != nil {
		return nil
	}
	return k
}

// lines returns what services are attached to; nil for none.
func (k *keyboard) lines() *process.Keyboard {
	if k == nil {
		return nil
	}
	return k.Keyboard
}

// serve begins to carry out what is typed, with p. In the foreground it says how to
// learn what can be, if hints are wanted.
func (k *keyboard) serve(p *prompt, hints bool) {
	if hints && k.Taken() {
		p.say(hint)
	}
	k.done = make(chan struct{})
	// Ends with close.
	go func() {
		defer close(k.done)
		k.read(p)
	}()
}

func (k *keyboard) read(p *prompt) {
	var reader keys.Reader
	var burst []byte
	quiet := time.NewTimer(0)
	for {
		select {
		case <-k.over:
			return
		case <-k.box.Filled():
			for _, in := range k.box.Take() {
				if in.left {
					p.left()
				}
				burst = append(burst, in.typed...)
			}
			quiet.Reset(keys.Quiet)
		case <-quiet.C:
			for _, key := range reader.Burst(time.Now(), burst) {
				p.key(key)
			}
			burst = nil
		}
	}
}

// close gives the terminal back.
func (k *keyboard) close() {
	if k == nil {
		return
	}
	_ = k.Keyboard.Close()
	close(k.over)
	if k.done != nil {
		<-k.done
	}
}
