package cmdline

import (
	urfave "github.com/urfave/cli/v2"

	"devrun/config"
)

// schemaCommand prints the JSON Schema of devrun.yaml.
func (c *cli) schemaCommand() *urfave.Command {
	return &urfave.Command{
		Name:         "schema",
		Usage:        "print the JSON Schema of devrun.yaml",
		OnUsageError: onUsageError,
		Action: func(ctx *urfave.Context) error {
			if ctx.NArg() > 0 {
				return usagef("schema takes no arguments, got %q", ctx.Args().First())
			}
			_, err := c.stdout.Write(config.Schema(c.commandNames()...))
			return err
		},
	}
}
