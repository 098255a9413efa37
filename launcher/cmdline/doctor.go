package cmdline

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/adrg/xdg"
	urfave "github.com/urfave/cli/v2"

	"devrun/launcher"
	"devrun/launcher/internal/diag"
)

// doctorCommand checks this machine and the project in the working folder. It
// prints a line for each check, or with --json {"findings": [{"check", "status",
// "text", "remedies", "detail"}]}. Its status is 1 when one of them is a
// problem.
func (c *cli) doctorCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "doctor",
		Usage: "check this machine and the project",
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fix", Usage: "end what crashed runs have left, and remove their records"},
			&urfave.BoolFlag{Name: "json", Usage: "print the findings as JSON"},
		},
		OnUsageError: onUsageError,
		Action: func(ctx *urfave.Context) error {
			if ctx.NArg() > 0 {
				return usagef("doctor takes no arguments, got %q", ctx.Args().First())
			}
			dir, err := workingDir()
			if err != nil {
				return err
			}
			findings := launcher.Doctor(context.Background(), launcher.DoctorOptions{
				Project:  launcher.FindProject(dir),
				StateDir: filepath.Join(xdg.StateHome, "devrun"),
				Fix:      ctx.Bool("fix"),
			})
			if slices.ContainsFunc(findings, func(f launcher.Finding) bool { return f.Status == diag.FindingProblem }) {
				c.status = exitFailed
			}
			if ctx.Bool("json") {
				encoder := json.NewEncoder(c.stdout)
				encoder.SetEscapeHTML(false)
				return encoder.Encode(map[string]any{"findings": findings})
			}
			return diag.RenderFindings(c.stdout, findings, diag.Style{Color: wantsColor(isTerminal(os.Stdout))})
		},
	}
}

// wantsColor reports whether what goes to a terminal, or not, is coloured.
func wantsColor(terminal bool) bool {
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
