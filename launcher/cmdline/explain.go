package cmdline

import (
	"fmt"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/diag"
)

// explainCommand lists the problem codes, or explains one. With --json it prints
// an array of entries, or the one, each as
// {"code": …, "title": …, "meaning": …, "evidence": …, "fix": …, "example": …}.
func (c *cli) explainCommand() *urfave.Command {
	return &urfave.Command{
		Name:         "explain",
		Usage:        "explain a problem code, or list them all",
		ArgsUsage:    "[CODE]",
		Flags:        []urfave.Flag{&urfave.BoolFlag{Name: "json", Usage: "print it as JSON"}},
		OnUsageError: onUsageError,
		Action: func(ctx *urfave.Context) error {
			switch {
			case ctx.NArg() > 1:
				return usagef("explain takes one code, got %q as well", ctx.Args().Get(1))
			case ctx.NArg() == 1:
				return c.explain(ctx.Args().First(), ctx.Bool("json"))
			case ctx.Bool("json"):
				return c.printJSON(diag.Catalogue())
			}
			for _, e := range diag.Catalogue() {
				fmt.Fprintf(c.stdout, "%-22s %s\n", e.Code, e.Title)
			}
			return nil
		},
	}
}

// explain prints one entry. The brackets that a code has in a message may be
// typed with it.
func (c *cli) explain(text string, asJSON bool) error {
	entry, ok := diag.Explain(diag.Code(strings.Trim(text, "[]")))
	if !ok {
		err := &UsageError{Message: fmt.Sprintf("there is no problem code %q", text), Try: "devrun explain"}
		if near := diag.NearestCode(strings.Trim(text, "[]")); near != "" {
			err.Message += "; the nearest is " + string(near)
			err.Try += " " + string(near)
		}
		return err
	}
	if asJSON {
		return c.printJSON(entry)
	}
	return entry.Render(c.stdout, c.style())
}

// style is how an answer on stdout is shown.
func (c *cli) style() diag.Style {
	file, ok := c.stdout.(*os.File)
	return diag.Style{Color: ok && isTerminal(file) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}
