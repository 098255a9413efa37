package cmdline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/doctor"
)

// doctorCommand checks this machine and the project in the working folder. It
// prints a line for each check, or with --json {"findings": [{"check", "status",
// "text", "remedies", "detail"}]}. Its status is 1 when one of them is a
// problem.
func (c *cli) doctorCommand() *urfave.Command {
	return subcommand("doctor", "", "check this machine and the project", func(ctx *urfave.Context) error {
		dir, err := workingDir()
		if err != nil {
			return err
		}
		project, err := here()
		if err != nil {
			return err
		}
		file, errFile := c.loadFile("", dir)
		findings := doctor.Examine(context.Background(), doctor.Options{
			Project: project, StateDir: stateDir(), Fix: ctx.Bool("fix"), Tools: tools(file),
			Config: func() []diag.Finding { return fileFindings(file, errFile) },
		})
		if slices.ContainsFunc(findings, func(f diag.Finding) bool { return f.Status == diag.FindingProblem }) {
			c.status = exitFailed
		}
		if ctx.Bool("json") {
			return c.printJSON(map[string]any{"findings": findings})
		}
		return diag.RenderFindings(c.stdout, findings, c.style())
	}, jsonFlag(), &urfave.BoolFlag{Name: "fix", Usage: "end the processes of crashed runs, and remove their records"})
}

// tools returns the programs that the commands of a file look up on PATH.
func tools(file *config.File) []string {
	var names []string
	if file == nil {
		return nil
	}
	for _, svc := range file.Services {
		for _, command := range [][]string{svc.Command, svc.Build} {
			if len(command) > 0 && !strings.ContainsAny(command[0], `/\{`) && !slices.Contains(names, command[0]) {
				names = append(names, command[0])
			}
		}
	}
	return names
}

// fileFindings returns the findings about devrun.yaml; none if there is no file.
func fileFindings(file *config.File, err error) []diag.Finding {
	finding := diag.Finding{Check: "config", Status: diag.FindingProblem, Remedies: []string{"devrun check"}}
	var broken *config.Error
	switch {
	case errors.As(err, &broken):
		problem := configProblem(broken)
		finding.Text, finding.Detail = problem.Summary, problem.Evidence
	case err != nil:
		finding.Text = err.Error()
	case file == nil:
		return nil
	default:
		finding.Status, finding.Remedies, finding.Detail = diag.FindingOK, nil, map[string]any{"file": file.Path}
		finding.Text = fmt.Sprintf("%s is valid, with %d services", shownPath(file.Path), len(file.Services))
	}
	return []diag.Finding{finding}
}

// wantsColor reports whether output to a terminal, or elsewhere, has colors.
func wantsColor(terminal bool) bool {
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
