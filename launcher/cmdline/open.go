package cmdline

import (
	"os/exec"

	"devrun/launcher"
)

// open shows url in the user's browser. A machine without one is told so, and
// the run goes on.
func (c *cli) open(p *printer, url string) {
	argv := browserCommand(url)
	cmd := exec.Command(argv[0], argv[1:]...)
	err := cmd.Start()
	if err != nil {
		p.Print(launcher.Event{Level: launcher.Warn, Name: launcher.EventNotice, Message: "cannot open a browser: " + err.Error()})
		return
	}
	// Ends when the opener does, which hands the URL over and exits.
	go cmd.Wait()
}
