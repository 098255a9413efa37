// Package cmdline is devrun's command line: subcommands, flags, signals and
// exit statuses. It is the only place that prints errors.
package cmdline

import (
	"io"
	"os"

	"devrun/launcher/internal/process"
)

// guardianWord is the hidden first argument that makes this program a guardian:
// the process that cleans up when devrun itself is killed.
const guardianWord = "__guardian"

// Main runs devrun with the arguments of the process, args[0] included, and
// returns its exit status.
func Main(args []string) int {
	if len(args) == 2 && args[1] == guardianWord {
		return process.RunGuardian(os.Stdin)
	}
	if len(args) >= 2 && args[1] == completeWord {
		return complete(os.Stdout, args[2:])
	}
	return run(args, os.Stdout, os.Stderr)
}

// run is Main without the hidden words.
func run(args []string, stdout, stderr io.Writer) int {
	own, command, dashed := splitCommand(args[1:])
	c := &cli{stdout: stdout, stderr: stderr, own: own, given: own, command: command, dashed: dashed}
	c.shortcut()
	err := c.takeChecks()
	if err != nil {
		return c.printError(err)
	}
	err = c.app().Run(append([]string{args[0]}, c.permute(c.own)...))
	if err != nil {
		return c.printError(err)
	}
	return c.status
}

// splitCommand cuts args at the first "--". Everything after it belongs to the
// service and is never read as a flag.
func splitCommand(args []string) (own, command []string, dashed bool) {
	for i, arg := range args {
		if arg == "--" {
			return args[:i], args[i+1:], true
		}
	}
	return args, nil, false
}
