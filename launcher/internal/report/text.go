package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"devrun/launcher/internal/text"
)

const width = 80 // columns

// Text writes the result of the run for people. A success is one line:
//
//	smoke ok: api ready 182ms · 3 checks 40ms · stop 12ms
//
// A failure is its reason, the probes of services that were not ready, the
// expectations and results of failed checks, the last lines of each service, the
// path of the log, and the remedies. Facts are wrapped at 80 columns. The lines of services
// and commands are not, so that people can search for them.
func (r Run) Text(w io.Writer) error {
	var b strings.Builder
	if r.OK {
		b.WriteString(r.success())
	} else {
		r.failure(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Run) success() string {
	var names []string
	var slowest, checks time.Duration
	for _, s := range r.Services {
		names = append(names, fmt.Sprintf("%s ready %s", text.Printable(s.Name), text.Round(s.Ready)))
		slowest = max(slowest, s.Ready)
	}
	for _, c := range r.Checks {
		checks += c.Took
	}
	counted := "no checks"
	if n := len(r.Checks); n == 1 {
		counted = "1 check " + text.Round(checks).String()
	} else if n > 1 {
		counted = fmt.Sprintf("%d checks %s", n, text.Round(checks))
	}
	line := func(services string) string {
		return fmt.Sprintf("smoke ok: %s · %s · stop %s\n", services, counted, text.Round(r.Stop))
	}
	if full := line(strings.Join(names, ", ")); text.Columns(full) <= width+1 || len(names) < 2 {
		return full
	}
	return line(fmt.Sprintf("%d services ready %s", len(names), text.Round(slowest)))
}

func (r Run) failure(b *strings.Builder) {
	// Like the head of a problem it is not wrapped, so that people can search for it.
	head := "smoke failed: " + text.Printable(r.Reason)
	if r.Code != "" {
		code := "[" + text.Printable(r.Code) + "]"
		head += strings.Repeat(" ", max(width-text.Columns(head)-text.Columns(code), 2)) + code
	}
	b.WriteString(head + "\n")
	writeLines(b, r.Detail)
	for _, s := range r.Services {
		if !strings.Contains(r.Reason, s.Failed) { // else the head has it
			writeFact(b, "service", s.Name+": "+s.Failed)
		}
		if s.Ready == 0 && s.Probes != "" {
			writeFact(b, "probes", s.Name+": "+s.Probes)
		}
	}
	for _, c := range r.Checks {
		c.failure(b)
	}
	if !strings.Contains(r.Reason, r.Unclean) {
		writeFact(b, "left", r.Unclean)
	}
	for _, s := range r.Services {
		writeOutput(b, s.Name, s.Output)
	}
	if r.Log != "" {
		b.WriteString("  log       " + text.Printable(r.Log) + "\n") // to be copied whole
	}
	writeLines(b, r.Try)
}

// writeLines writes lines that are already laid out.
func writeLines(b *strings.Builder, lines []string) {
	for _, line := range lines {
		b.WriteString(strings.TrimRight(text.Printable(line), " ") + "\n")
	}
}

// failure writes the expectations of a failed check and its results.
func (c Check) failure(b *strings.Builder) {
	if !c.failed() {
		return
	}
	name := c.Name
	if c.Service != "" {
		name += " of " + c.Service
	}
	writeFact(b, "check", name)
	if c.Tries.Count > 1 {
		writeFact(b, "tries", c.Tries.String())
	}
	for _, m := range c.Failed {
		writeFact(b, "expected", m.Expected)
		writeFact(b, "got", m.Got)
	}
	if c.Body != "" {
		writeFact(b, "body", c.Body)
	}
	writeOutput(b, c.Name, c.Output)
}

// writeFact writes words after their label, wrapped with a hanging indent.
func writeFact(b *strings.Builder, label, words string) {
	const indent = 12
	for _, line := range text.Wrap(text.Printable(words), width-indent) {
		fmt.Fprintf(b, "  %-*s%s\n", indent-2, label, line)
		label = ""
	}
}

// writeOutput writes the last lines of a service or a command below its name.
func writeOutput(b *strings.Builder, name string, output []string) {
	if len(output) == 0 {
		return
	}
	fmt.Fprintf(b, "  last lines of %s\n", text.Printable(name))
	for _, line := range output {
		b.WriteString(strings.TrimRight("    | "+text.Printable(line), " ") + "\n")
	}
}
