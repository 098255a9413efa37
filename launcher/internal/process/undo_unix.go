//go:build unix

package process

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Undo sets what the guardian writes to the terminal when this process is killed, to
// reset what the service's output has changed there; empty is nothing. stream is 0 for
// the standard output and 1 for the standard error: what both need is written.
func (t *Terminal) Undo(stream int, undo []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	path, err := terminalPath(int(t.out.Fd()))
	session, errSession := unix.Getsid(0)
	if t.guardian == nil || err != nil || errSession != nil || bytes.Equal(t.undo[stream], undo) {
		return
	}
	t.undo[stream] = bytes.Clone(undo)
	all := slices.Concat(t.undo[0], t.undo[1])
	if len(all) == 0 {
		t.guardian.send(order{"screen", ""})
		return
	}
	t.guardian.send(order{"screen", fmt.Sprint(session, " ", unix.Getpgrp(), " ", hex.EncodeToString(all), " ", path)})
}

// resetScreen carries out an order of Terminal.Undo, unless the terminal belongs to
// another job by now.
func resetScreen(ordered string) {
	var session, group int
	var text, path string
	if _, err := fmt.Sscan(ordered, &session, &group, &text, &path); err != nil {
		return
	}
	undo, err := hex.DecodeString(text)
	if err != nil {
		return
	}
	file, err := os.OpenFile(path, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if isLeft(file, session, group) {
		_, _ = file.Write(undo) // it fails if the terminal is gone
	}
}

// isLeft reports whether nobody has taken a terminal from the job with this process
// group in this session: the foreground is still that job's or the shell's, or no
// process has the terminal any more.
func isLeft(terminal *os.File, session, group int) bool {
	var stat unix.Stat_t
	err := os.ErrClosed
	control(terminal, func(fd int) { err = unix.Fstat(fd, &stat) })
	all, errAll := readAll()
	if err != nil || errAll != nil {
		return false
	}
	device := terminalNumber(uint64(stat.Rdev))
	for _, s := range all {
		if s.TTY == device && (s.SID != session || s.TPGID != group && s.TPGID != session) {
			return false
		}
	}
	return true
}

// terminalNumber is a device as proc_pid_stat(5) has it in tty_nr.
func terminalNumber(device uint64) uint64 {
	major, minor := uint64(unix.Major(device)), uint64(unix.Minor(device))
	return minor&0xff | major<<8 | minor&^0xff<<12
}
