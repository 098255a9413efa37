package cmdline

import (
	"devrun/launcher/internal/event"
	"fmt"
	"os/exec"
)

// open shows url in the user's browser. A machine without one is told so, and
// the run goes on.
func (c *cli) open(p *printer, url string) {
	argv := browserCommand(url)
	cmd := exec.Command(argv[0], argv[1:]...)
	err := cmd.Start()
	if err != nil {
		p.Print(event.Event{Level: event.Warn, Name: event.Notice, Message: "cannot open a browser: " + err.Error()})
		return
	}
	// Ends when the opener does, which hands the URL over and exits.
	go cmd.Wait()
}

// browse shows url in the user's browser and waits for what hands it over.
func browse(url string) error {
	argv := browserCommand(url)
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot open a browser for %s: %w%s", url, err, lastLine(out))
	}
	return nil
}

// lastLine is the last line of a program's output, in brackets.
func lastLine(out []byte) string {
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] != '\n' && (i == len(out)-1 || out[i+1] == '\n') {
			start := i
			for start > 0 && out[start-1] != '\n' {
				start--
			}
			return " (" + string(out[start:i+1]) + ")"
		}
	}
	return ""
}
