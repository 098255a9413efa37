package cmdline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/free"
	"devrun/launcher/internal/why"
)

// freed is the answer of "devrun free" as JSON. Its fields are only ever added.
type freed struct {
	Port    int           `json:"port"`
	Status  int           `json:"status"`
	Free    bool          `json:"free"`              // now
	Ended   []free.Target `json:"ended"`             // by this command
	Refused string        `json:"refused,omitempty"` // why nothing was ended
	Parent  *free.Target  `json:"parent,omitempty"`  // starts the holder again
	Holders []diag.Holder `json:"holders"`           // as they were before
}

// freeCommand ends the process that has a port, after it has shown it and asked.
func (c *cli) freeCommand() *urfave.Command {
	return subcommand("free", "PORT", "end the process that has a port", c.free, jsonFlag(),
		&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "end it without asking"},
		&urfave.BoolFlag{Name: "parent", Usage: "end the process that started it too, which may start it again"})
}

func (c *cli) free(ctx *urfave.Context) error {
	number, err := strconv.Atoi(strings.TrimPrefix(ctx.Args().First(), ":"))
	if ctx.NArg() != 1 || err != nil || number < 1 || number > 65535 {
		return &UsageError{Message: "free takes one port, from 1 to 65535", Try: "devrun free 3000"}
	}
	project, err := here()
	if err != nil {
		return err
	}
	stopped, stop := signal.NotifyContext(ctx.Context, os.Interrupt, syscall.SIGTERM)
	defer stop()
	finding, err := why.Ask(stopped, why.Options{Target: strconv.Itoa(number), Project: project, StateDir: stateDir()})
	if err != nil {
		return err
	}
	answer := freed{Port: number, Status: finding.Status, Free: finding.Free, Ended: []free.Target{}, Holders: finding.Holders}
	if finding.Free {
		return c.reportFreed(ctx, answer, finding.Shown)
	}
	plan := free.For(number, finding.Holders, ctx.Bool("parent"))
	answer.Refused, answer.Parent = plan.Refusal, plan.Restarter
	if plan.Refusal != "" {
		return c.reportFreed(ctx, answer, finding.Shown)
	}
	if !ctx.Bool("json") {
		shown := finding.Shown
		shown.Remedies = nil // the question follows
		if err := shown.Render(c.stdout, c.style()); err != nil {
			return err
		}
	}
	if !ctx.Bool("yes") {
		if agreed, err := c.agree(stopped, ctx, plan); err != nil || !agreed {
			c.status = finding.Status
			return err
		}
	}
	answer.Ended = append(answer.Ended, free.End(stopped, plan)...)
	answer.Free = free.Stays(stopped, number)
	if answer.Status = 0; !answer.Free {
		answer.Status = finding.Status
	}
	return c.reportFreed(ctx, answer, finding.Shown)
}

// agree asks whether to end the holder. Without a terminal it cannot ask,
// which is a usage error.
func (c *cli) agree(stopped context.Context, ctx *urfave.Context, plan free.Plan) (bool, error) {
	question := "end " + listed(plan.Targets)
	if ctx.Bool("json") || !isTerminal(os.Stdin) || !isTerminal(os.Stderr) {
		return false, &UsageError{
			Message: fmt.Sprintf("cannot ask whether to %s: stdin is not a terminal", question),
			Try:     c.line("free", "--yes", strconv.Itoa(plan.Port)),
		}
	}
	c.warnOfParent(plan.Restarter, plan.Targets, plan.Port)
	fmt.Fprintf(c.stderr, "devrun: %s? [y/N] ", question)
	answers := make(chan string, 1)
	// Ends with a line, or with the program.
	go func() {
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		answers <- line
	}()
	select {
	case line := <-answers:
		answer := strings.ToLower(strings.TrimSpace(line))
		if answer == "y" || answer == "yes" {
			return true, nil
		}
		fmt.Fprintln(c.stderr, "devrun: nothing was ended")
		return false, nil
	case <-stopped.Done():
		return false, errors.New("interrupted; nothing was ended")
	}
}

// warnOfParent names the process that starts the holder again, if it is not among
// those that are ended.
func (c *cli) warnOfParent(above *free.Target, ended []free.Target, number int) {
	if above != nil && !slices.ContainsFunc(ended, func(t free.Target) bool { return t.PID == above.PID }) {
		fmt.Fprintf(c.stderr, "devrun: %s started it, and may start it again\n  try  devrun free --parent %d\n", above, number)
	}
}

// reportFreed prints what has come of it.
func (c *cli) reportFreed(ctx *urfave.Context, answer freed, shown diag.Problem) error {
	c.status = answer.Status
	if ctx.Bool("json") {
		return c.printJSON(answer)
	}
	port := strconv.Itoa(answer.Port)
	switch {
	case answer.Refused != "":
		if err := shown.For(c.typed()).Render(c.stdout, c.style()); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.stderr, "devrun: nothing was ended: %s\n", answer.Refused)
		return err
	case len(answer.Ended) == 0 && answer.Free:
		return diag.Problem{Summary: "port " + port + " is free"}.Render(c.stdout, c.style())
	}
	how := ""
	for _, t := range answer.Ended {
		if t.Killed {
			how = ", with SIGKILL"
		}
	}
	text := "ended " + listed(answer.Ended) + how
	if len(answer.Ended) == 0 {
		text = "nothing was ended"
	}
	if answer.Free {
		_, err := fmt.Fprintf(c.stderr, "devrun: %s; port %s is free\n", text, port)
		c.warnOfParent(answer.Parent, answer.Ended, answer.Port)
		return err
	}
	try := "devrun why " + port
	if text += "; port " + port + " is in use all the same"; len(answer.Ended) > 0 && !ctx.Bool("parent") {
		text, try = text+": something has started it again", "devrun free --parent "+port
	}
	_, err := fmt.Fprintf(c.stderr, "devrun: %s\n  try  %s\n", text, try)
	return err
}

// listed is "node (pid 7) and nodemon (pid 6)".
func listed(targets []free.Target) string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.String()
	}
	return strings.Join(names, " and ")
}
