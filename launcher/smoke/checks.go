package smoke

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/check"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

// assign gives each check the service that it is for.
func (s *Smoke) assign() error {
	s.opts.Checks = slices.Clone(s.opts.Checks)
	for i := range s.opts.Checks {
		c := &s.opts.Checks[i]
		var able []string
		for _, svc := range s.opts.Services {
			if c.HTTP == nil || !svc.Port.None {
				able = append(able, svc.Name)
			}
		}
		switch {
		case len(able) == 0:
			return fmt.Errorf("check %s: no service has a port to be asked on", c)
		case c.Service == "":
			c.Service = able[0]
		case !slices.Contains(able, c.Service):
			return fmt.Errorf("check %s: the service must be one of %s, not %s", c, strings.Join(able, ", "), c.Service)
		}
	}
	return nil
}

// Checks are the checks of a file as a smoke run of these services makes
// them: those of other services are left out.
func Checks(defined []config.SmokeCheck, services []config.Service) []check.Check {
	var checks []check.Check
	for _, d := range defined {
		if !slices.ContainsFunc(services, func(svc config.Service) bool { return svc.Name == d.Service }) {
			continue
		}
		c := check.Check{Exec: d.Exec, Service: d.Service, Retry: check.Retry(d.Retry)}
		if d.Path != "" {
			c.HTTP = &check.HTTP{Method: d.Method, Path: d.Path, Headers: d.Headers, Body: d.Body, Expect: check.Expect(d.Expect)}
		}
		checks = append(checks, c)
	}
	return checks
}

const (
	// checkGrace is what a command that is stopped has to end by itself, and
	// what it has left behind.
	checkGrace = 2 * time.Second
	// lateEnd is how long the end of a service may come after the failure of the
	// check that it is the reason of.
	lateEnd = 200 * time.Millisecond
)

// checkAll makes the checks in order until one fails. It returns the results of
// those that were made, and why the services are to be stopped.
func (s *Smoke) checkAll(ctx context.Context, now <-chan struct{}, deadline time.Time) ([]check.Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timed, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	grace, kill := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	// Ends with stop and kill.
	watching.Go(func() {
		select {
		case <-s.spoiled:
			stop(errSpoiled)
		case <-ctx.Done():
		}
		// The first signal ends the check, the second one its grace.
		select {
		case <-now:
			kill()
		case <-grace.Done():
		}
	})
	defer func() { stop(nil); kill(); watching.Wait() }()

	var results []check.Result
	for _, c := range s.opts.Checks {
		svc := s.service(c.Service)
		around := s.run.Around(svc)
		s.begin(c.String())
		result := fill(c, around).Run(timed, check.Target{
			Base: around.Own.URL(),
			Run: func(ctx context.Context, argv []string) (int, []string, error) {
				return s.runCommand(ctx, grace, svc, around.Own, argv)
			},
		})
		results = append(results, result)
		s.note("%s: %s", c, result.Tries.String())
		if !result.Passed {
			s.awaitSpoiled(ctx)
			break
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.begin("")
	if cause := context.Cause(ctx); cause != nil {
		return results, cause
	}
	return results, errChecked
}

// begin makes known which check runs; "" is none.
func (s *Smoke) begin(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = name
}

// awaitSpoiled gives the end of a service, for which a check may have failed, the
// time to be seen.
func (s *Smoke) awaitSpoiled(ctx context.Context) {
	timer := time.NewTimer(lateEnd)
	defer timer.Stop()
	select {
	case <-s.spoiled:
		<-ctx.Done()
	case <-ctx.Done():
	case <-timer.C:
	}
}

// interrupted says, of a ready service that has ended, what was going on.
func (s *Smoke) interrupted(service string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spoilt != nil && s.spoilt.Name == service && s.during != "" {
		return "during the check " + s.during
	}
	if s.told {
		return "after it was ready"
	}
	return "while other services were starting"
}

func (s *Smoke) service(name string) config.Service {
	i := slices.IndexFunc(s.opts.Services, func(svc config.Service) bool { return svc.Name == name })
	return s.opts.Services[i]
}

// fill fills in the placeholders of a check.
func fill(c check.Check, around address.Around) check.Check {
	if c.HTTP == nil {
		c.Exec = around.ExpandAll(c.Exec)
		return c
	}
	h := *c.HTTP
	h.Path, h.Body, h.Headers = around.Expand(h.Path), around.Expand(h.Body), slices.Clone(h.Headers)
	for i := range h.Headers {
		h.Headers[i].Value = around.Expand(h.Headers[i].Value)
	}
	h.Expect.Header = slices.Clone(h.Expect.Header)
	for i := range h.Expect.Header {
		h.Expect.Header[i].Value = around.Expand(h.Expect.Header[i].Value)
	}
	c.HTTP = &h
	return c
}

// runCommand runs the command of a check in the environment of a service, with
// the addresses of all of them, and ends its whole tree. The end of grace leaves
// a tree that is being ended no time.
func (s *Smoke) runCommand(ctx, grace context.Context, svc config.Service, own address.Endpoint, argv []string) (int, []string, error) {
	around := address.Around{Own: own, Others: s.run.Neighbours()}
	env, err := s.run.Environ(svc, around, s.opts.Dir)
	if err != nil {
		return 0, nil, err
	}
	mark := runs.TaskMark("check")
	path, err := diag.LookCommand(argv[0], s.opts.Dir, env)
	if err != nil {
		return 0, nil, err
	}
	tail := output.NewTail(0)
	stream := func() io.Writer { return output.NewStream(s.log.stream("check"), tail) }
	proc, err := s.run.Reaper().Start(process.Spec{
		Path: path, Argv: argv, Dir: s.opts.Dir, Env: append(env, mark), Marks: append(runs.Marks(s.run.ID(), svc.Name), mark),
		Stdout: stream(), Stderr: stream(),
	})
	if err != nil {
		return 0, nil, err
	}
	select {
	case <-proc.Exited():
	case <-ctx.Done():
		s.note("stopping the check: %v", context.Cause(ctx))
	}
	proc.Stop(grace, process.StopSpec{Signal: svc.Stop.Signal, Timeout: checkGrace})
	if ctx.Err() != nil {
		return 0, tail.Lines(), context.Cause(ctx)
	}
	return proc.Status().Shell(), tail.Lines(), nil
}
