// Command devrun stands in front of a command that serves on a port. It
// reserves a free loopback port and keeps it, starts the command bound there,
// says when it is ready, and explains every failure.
package main

import (
	"os"

	"devrun/launcher/cmdline"
)

func main() {
	os.Exit(cmdline.Main(os.Args))
}
