package cmdline

import (
	urfave "github.com/urfave/cli/v2"

	"devrun/config"
)

// schemaCommand prints the JSON Schema of devrun.yaml.
func (c *cli) schemaCommand() *urfave.Command {
	return subcommand("schema", "", "print the JSON Schema of devrun.yaml", func(*urfave.Context) error {
		_, err := c.stdout.Write(config.Schema(c.commandNames()...))
		return err
	})
}
