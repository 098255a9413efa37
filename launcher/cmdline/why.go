package cmdline

import (
	"errors"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/why"
)

// whyCommand prints who has a port, or why a service does not answer, on stdout.
// With --json the answer is a why.Answer.
func (c *cli) whyCommand() *urfave.Command {
	return subcommand("why", "PORT|FIRST-LAST|HOST:PORT|URL|SERVICE", "who has a port, or why a service is silent", func(ctx *urfave.Context) error {
		if ctx.NArg() != 1 {
			return &UsageError{Message: "why takes one port, range, URL or service", Try: "devrun why 3000"}
		}
		project, err := here()
		if err != nil {
			return err
		}
		opts := why.Options{Target: ctx.Args().First(), Project: project, StateDir: stateDir()}
		if dir, err := workingDir(); err == nil {
			if file, err := c.loadFile("", dir); err == nil && file != nil { // check reports an invalid one
				opts.Services = namesIn(file.Services)
			}
		}
		finding, err := why.Ask(ctx.Context, opts)
		if question, ok := errors.AsType[*why.QuestionError](err); ok {
			return &UsageError{Message: question.Message, Try: question.Try}
		}
		if err != nil {
			return err
		}
		c.status = finding.Status
		if ctx.Bool("json") {
			return c.printJSON(finding)
		}
		return finding.Shown.Render(c.stdout, c.style())
	}, jsonFlag())
}
