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
	if t.in == nil || !isTerminal(t.in) {
		return nil // its settings are never changed
	}
	path, err := terminalPath(int(t.in.Fd()))
	if err != nil {
		return fmt.Errorf("name terminal: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.path = path
	if t.saved != nil {
		t.order(t.saved)
	}
	return nil
}

// order sets what the guardian restores; nil is nothing.
func (t *Terminal) order(saved *unix.Termios) {
	switch {
	case t.guardian == nil:
	case saved == nil:
		t.guardian.send(order{"terminal", ""})
	default:
		t.guardian.send(order{"terminal", encodeTermios(saved) + " " + t.path})
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

// restoreTerminal carries out an order of Terminal.order. A terminal whose
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
		ours := rawOf(saved)
		ours.Oflag, now.Oflag = 0, 0 // which the service may have changed
		if *now == ours {
			_ = setTermios(fd, &saved)
		}
	})
}
