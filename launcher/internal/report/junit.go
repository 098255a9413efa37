package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/text"
)

// The JUnit XML that all CI servers read: the required part of the schema of the
// Jenkins xUnit plugin (junit-10.xsd).
type suitesXML struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Time     string   `xml:"time,attr"` // seconds
	Suite    suiteXML `xml:"testsuite"`
}

type suiteXML struct {
	Name     string    `xml:"name,attr"`
	Tests    int       `xml:"tests,attr"`
	Failures int       `xml:"failures,attr"`
	Errors   int       `xml:"errors,attr"`
	Skipped  int       `xml:"skipped,attr"`
	Time     string    `xml:"time,attr"`
	Cases    []caseXML `xml:"testcase"`
}

type caseXML struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Time    string      `xml:"time,attr"`
	Skipped *struct{}   `xml:"skipped"`
	Failure *failureXML `xml:"failure"`
	Output  string      `xml:"system-out,omitempty"`
}

type failureXML struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"` // "start", "check", "stop" or "run"
	Text    string `xml:",chardata"`
}

// JUnit writes the run as JUnit XML: a test case for the start of each service,
// for each check, and for the stop and its leftovers. Any other failure is a case
// called "run".
func (r Run) JUnit(w io.Writer) error {
	var cases []caseXML
	for _, s := range r.Services {
		c := newCase("start", s.Name, s.Ready, s.Failed, s.Failed, s.Probes)
		c.Output = joined(s.Output)
		if s.Ready == 0 && s.Failed == "" {
			c.Skipped = &struct{}{}
		}
		cases = append(cases, c)
	}
	for _, check := range r.Checks {
		cases = append(cases, check.junit())
	}
	stop := newCase("stop", "stop", r.Stop, r.Unclean, r.Unclean)
	if r.Stop == 0 && r.Unclean == "" {
		stop.Skipped = &struct{}{}
	}
	cases = append(cases, stop)
	suite := suiteXML{Name: "devrun smoke", Time: seconds(r.Took)}
	failures, skipped := count(cases)
	if !r.OK && failures == 0 {
		reason := cmp.Or(r.Reason, fmt.Sprintf("status %d", r.Status))
		cases = append(cases, newCase("run", "run", r.Took, reason, append([]string{reason}, r.Detail...)...))
		failures++
	}
	suite.Cases, suite.Tests, suite.Failures, suite.Skipped = cases, len(cases), failures, skipped

	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suitesXML{Name: suite.Name, Tests: suite.Tests, Failures: failures, Time: suite.Time, Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (c Check) junit() caseXML {
	name := c.Name
	if c.Service != "" {
		name += " of " + c.Service
	}
	if c.Skipped {
		skipped := newCase("check", name, 0, "")
		skipped.Skipped = &struct{}{}
		return skipped
	}
	message := ""
	var details []string
	if c.failed() {
		message = "failed"
		if len(c.Failed) > 0 {
			message = "expected " + c.Failed[0].Expected + ", got " + c.Failed[0].Got
		}
		for _, m := range c.Failed {
			details = append(details, "expected "+m.Expected, "got      "+m.Got)
		}
		if c.Tries.Count > 1 {
			details = append(details, "tries    "+c.Tries.String())
		}
		if c.Body != "" {
			details = append(details, "body     "+c.Body)
		}
	}
	result := newCase("check", name, c.Took, message, details...)
	result.Output = joined(c.Output)
	return result
}

// newCase returns a test case, which has failed if it has a message.
func newCase(kind, name string, took time.Duration, message string, details ...string) caseXML {
	c := caseXML{Class: "devrun.smoke." + kind, Name: text.Printable(name), Time: seconds(took)}
	if message != "" {
		c.Failure = &failureXML{Message: text.Printable(message), Type: kind, Text: joined(slices.DeleteFunc(details, func(s string) bool { return s == "" }))}
	}
	return c
}

// joined returns the lines, without the characters that XML does not allow.
func joined(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		for part := range strings.SplitSeq(line, "\n") {
			b.WriteString(text.Printable(part) + "\n")
		}
	}
	return b.String()
}

func count(cases []caseXML) (failures, skipped int) {
	for _, c := range cases {
		if c.Failure != nil {
			failures++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	return failures, skipped
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
