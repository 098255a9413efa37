package report

import (
	"encoding/json"
	"io"
	"time"
)

// The JSON of a run is one object on one line. Keys are only ever added. All are
// always present except "skipped" and "unclean".
//
//	{"ok": false, "status": 7, "reason": "…", "code": "check-failed",
//	 "services": [{"name", "ready_ms", "stop_ms", "url", "port", "probes", "output"}],
//	 "checks": [{"name", "service", "passed", "skipped", "took_ms", "expected", "got", "tries", "body", "output"}],
//	 "stop_ms": 12.3, "unclean": "…", "took_ms": 250.1, "log": "/…"}
//
// ready_ms is null if the service never was ready, stop_ms if it was not stopped.
// expected and got have the same length: one entry for each expectation that was
// not met. tries is such as "503 ×3, then 200".
type runJSON struct {
	OK       bool          `json:"ok"`
	Status   int           `json:"status"`
	Reason   string        `json:"reason"`
	Code     string        `json:"code"`
	Services []serviceJSON `json:"services"`
	Checks   []checkJSON   `json:"checks"`
	Stop     float64       `json:"stop_ms"`
	Unclean  string        `json:"unclean,omitempty"`
	Took     float64       `json:"took_ms"`
	Log      string        `json:"log"`
}

type serviceJSON struct {
	Name   string   `json:"name"`
	Ready  *float64 `json:"ready_ms"`
	Stop   *float64 `json:"stop_ms"`
	URL    string   `json:"url"`
	Port   int      `json:"port"`
	Probes string   `json:"probes"`
	Output []string `json:"output"`
}

type checkJSON struct {
	Name     string   `json:"name"`
	Service  string   `json:"service"`
	Passed   bool     `json:"passed"`
	Skipped  bool     `json:"skipped,omitempty"`
	Took     float64  `json:"took_ms"`
	Expected []string `json:"expected"`
	Got      []string `json:"got"`
	Tries    string   `json:"tries"`
	Body     string   `json:"body"`
	Output   []string `json:"output"`
}

// JSON writes the run as one line of JSON.
func (r Run) JSON(w io.Writer) error {
	out := runJSON{
		OK: r.OK, Status: r.Status, Reason: r.Reason, Code: r.Code, Services: []serviceJSON{}, Checks: []checkJSON{},
		Stop: millis(r.Stop), Unclean: r.Unclean, Took: millis(r.Took), Log: r.Log,
	}
	for _, s := range r.Services {
		out.Services = append(out.Services, serviceJSON{s.Name, unlessZero(s.Ready), unlessZero(s.Stop), s.URL, s.Port, s.Probes, append([]string{}, s.Output...)})
	}
	for _, c := range r.Checks {
		check := checkJSON{c.Name, c.Service, c.Passed, c.Skipped, millis(c.Took), []string{}, []string{}, c.Tries.String(), c.Body, append([]string{}, c.Output...)}
		for _, m := range c.Failed {
			check.Expected, check.Got = append(check.Expected, m.Expected), append(check.Got, m.Got)
		}
		out.Checks = append(out.Checks, check)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(out)
}

// millis returns d in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func unlessZero(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	return new(millis(d))
}
