//go:build unix

package process

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// entrust makes g restore the terminal, now and whenever its settings change, and its
// screen.
func (t *Terminal) entrust(g *guardian) error {
	t.mu.Lock()
	t.guardian = g
	t.mu.Unlock()
	if t.keyboard == nil {
		return nil // its settings are never changed
	}
	return t.keyboard.entrust(g)
}

func (k *Keyboard) entrust(g *guardian) error {
	path, err := terminalPath(int(k.in.Fd()))
	if err != nil {
		return fmt.Errorf("name terminal: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.guardian == g {
		return nil
	}
	k.guardian, k.path = g, path
	if k.saved != nil {
		k.order(k.saved)
	}
	return nil
}

// order sets what the guardian restores; nil is nothing.
func (k *Keyboard) order(saved *unix.Termios) {
	switch {
	case k.guardian == nil:
	case saved == nil:
		k.guardian.send(order{"terminal", ""})
	default:
		k.guardian.send(order{"terminal", encodeTermios(saved) + " " + k.path})
	}
}

func encodeTermios(settings *unix.Termios) string {
	var raw bytes.Buffer
	_ = binary.Write(&raw, binary.NativeEndian, settings)
	return hex.EncodeToString(raw.Bytes())
}

func decodeTermios(text string) (settings unix.Termios, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != binary.Size(settings) {
		return settings, false
	}
	return settings, binary.Read(bytes.NewReader(raw), binary.NativeEndian, &settings) == nil
}

// restoreTerminal carries out an order of Keyboard.order. A terminal whose
// settings are not those that devrun made was changed by another program since,
// such as the shell, and is left alone.
func restoreTerminal(ordered string) {
	text, path, _ := strings.Cut(ordered, " ")
	saved, ok := decodeTermios(text)
	if !ok {
		return
	}
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer file.Close()
	control(file, func(fd int) {
		now, err := getTermios(fd)
		if err != nil {
			return
		}
		raw, prompt := rawOf(saved), promptOf(saved)
		raw.Oflag, prompt.Oflag, now.Oflag = 0, 0, 0 // which the service may have changed
		if *now == raw || *now == prompt {
			_ = setTermios(fd, &saved)
		}
	})
}
