package machine

import (
	"os"
	"time"
)

// FileClock writes a file into dir and returns how far its time is ahead of this
// machine's clock; a negative value is a lag. It removes the file. A file
// system's times may be coarse: 2 s on FAT, a timer tick on most.
func FileClock(dir string) (ahead time.Duration, err error) {
	f, err := os.CreateTemp(dir, probePattern)
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	before := time.Now()
	if _, err := f.WriteString("x"); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	written, after := info.ModTime(), time.Now()
	switch {
	case written.After(after):
		return written.Sub(after), nil
	case written.Before(before):
		return written.Sub(before), nil
	}
	return 0, nil
}

// probePattern names files that watching devruns ignore.
const probePattern = ".devrun-probe-*"
