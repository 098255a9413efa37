package cmdline

import (
	"fmt"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/output"
)

// explainCommand lists the problem codes, or explains one. With --json it prints
// an array of entries, or the one, each as
// {"code": …, "title": …, "meaning": …, "evidence": …, "fix": …, "example": …}.
func (c *cli) explainCommand() *urfave.Command {
	return subcommand("explain", "[CODE]", "explain a problem code, or list them all", func(ctx *urfave.Context) error {
		switch {
		case ctx.NArg() == 1:
			return c.explain(ctx.Args().First(), ctx.Bool("json"))
		case ctx.Bool("json"):
			return c.printJSON(diag.Catalogue())
		}
		for _, e := range diag.Catalogue() {
			fmt.Fprintf(c.stdout, "%-22s %s\n", e.Code, e.Title)
		}
		return nil
	}, jsonFlag())
}

// explain prints one entry. The code may be in brackets, as in a message.
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

// style returns how an answer on stdout is shown.
func (c *cli) style() diag.Style { return styleOf(os.Stdout) }

// styleOf returns how a problem is shown on f.
func styleOf(f *os.File) diag.Style {
	return diag.Style{Color: wantsColor(isTerminal(f)), Width: output.Columns(f)}
}
