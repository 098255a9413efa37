package cmdline

import (
	"context"
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
		return c.why(ctx.Context, ctx.Args().First(), ctx.Bool("json"))
	}, jsonFlag())
}

func (c *cli) why(ctx context.Context, target string, asJSON bool) error {
	project, err := here()
	if err != nil {
		return err
	}
	finding, err := why.Ask(ctx, why.Options{Target: target, Project: project, StateDir: stateDir()})
	var question *why.QuestionError
	if errors.As(err, &question) {
		return &UsageError{Message: question.Message, Try: question.Try}
	}
	if err != nil {
		return err
	}
	c.status = finding.Status
	if asJSON {
		return c.printJSON(finding)
	}
	return finding.Shown.Render(c.stdout, c.style())
}
