package cmdline

import (
	"bytes"
	"fmt"
	"os/exec"

	"devrun/launcher/internal/event"
)

// open shows url in the user's browser. If that fails, it prints a warning, and the
// run continues.
func (c *cli) open(p *printer, url string) {
	argv := browserCommand(url)
	cmd := exec.Command(argv[0], argv[1:]...)
	err := cmd.Start()
	if err != nil {
		p.Print(event.Event{Level: event.Warn, Name: event.Notice, Message: "cannot open a browser: " + err.Error()})
		return
	}
	// Ends when the opener has passed the URL on.
	go cmd.Wait()
}

// browse shows url in the user's browser and waits for the opener.
func browse(url string) error {
	argv := browserCommand(url)
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot open a browser for %s: %w%s", url, err, lastLine(out))
	}
	return nil
}

// lastLine returns the last line of a program's output, in brackets.
func lastLine(out []byte) string {
	out = bytes.TrimRight(out, "\n")
	if len(out) == 0 {
		return ""
	}
	return " (" + string(out[bytes.LastIndexByte(out, '\n')+1:]) + ")"
}
