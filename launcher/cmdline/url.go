package cmdline

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/remote"
)

// urlCommand prints the URL of a service, alone on a line.
func (c *cli) urlCommand() *urfave.Command {
	return subcommand("url", "[SERVICE]", "print the URL of a service", func(ctx *urfave.Context) error {
		f, err := c.withURL(ctx, "url")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.stdout, f.Service.URL)
		return err
	})
}

// openCommand opens the URL of a service in the browser.
func (c *cli) openCommand() *urfave.Command {
	return subcommand("open", "[SERVICE]", "open a service in the browser", func(ctx *urfave.Context) error {
		f, err := c.withURL(ctx, "open")
		if err != nil {
			return err
		}
		return browse(f.Service.URL)
	})
}

func (c *cli) withURL(ctx *urfave.Context, command string) (remote.Found, error) {
	f, err := c.one(ctx.Context, ctx.Args().Slice(), command)
	if err == nil && f.Service.State.Over() {
		return f, &remote.NotRunningError{Name: f.Service.Name, Over: true}
	}
	if err == nil && f.Service.URL == "" && f.Service.Port != 0 {
		err = usagef("%s does not listen on its port, %d: it has no URL", f.Name(), f.Service.Port)
	}
	if err == nil && f.Service.URL == "" {
		err = usagef("%s has no port, and no URL", f.Name())
	}
	return f, err
}
