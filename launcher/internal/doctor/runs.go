package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

// crashed is a run whose devrun is gone and whose record remains.
type crashed struct {
	record runs.Record
	left   []process.Member // its live processes
	ended  []process.Member // those that were ended just now
	gone   bool             // its record was removed
	err    error
}

// leftovers looks for the processes and records of crashed runs, and with Fix ends
// and removes them: processes by pid, start time and mark, never by a port.
func (d *examiner) leftovers(ctx context.Context) diag.Finding {
	memory, _ := runs.Peek(d.opts.StateDir) // its error is about the ports
	folder := memory.Runs
	records, err := folder.List()
	if err != nil && records == nil {
		return unclear(oneLine(err))
	}
	if len(records) == 0 {
		return fine("no run is recorded")
	}
	live, elsewhere := []int{}, 0
	var found []*crashed
	for _, rec := range records {
		switch rec.Fate() {
		case runs.Running:
			live = append(live, rec.PID)
		case runs.Unknown:
			elsewhere++
		case runs.Ended:
			if rec.ValidID() {
				found = append(found, &crashed{record: rec})
			}
		}
	}
	unseen := false
	for _, c := range found {
		mark := runs.Mark(c.record.ID)
		if d.opts.Fix {
			c.ended, c.left, c.err = process.EndLeftovers(ctx, mark, live)
		} else {
			c.left, c.err = process.Leftovers(mark, live)
		}
		if errors.Is(c.err, errors.ErrUnsupported) {
			c.err, unseen = nil, true
		}
		if d.opts.Fix && c.err == nil && len(c.left) == 0 {
			c.err = folder.Remove(c.record.ID)
			c.gone = c.err == nil
		}
	}
	f := leftoverFinding(found, d.opts.Fix)
	if unseen {
		f.Text += "; processes that it left cannot be recognized on this system"
	}
	f.Detail = map[string]any{"live": len(live), "elsewhere": elsewhere, "runs": leftoverDetail(found)}
	return f
}

func leftoverFinding(found []*crashed, fix bool) diag.Finding {
	if len(found) == 0 {
		return fine("no crashed run has left anything")
	}
	var left, ended []process.Member
	removed := 0
	var failed error
	for _, c := range found {
		left, ended = append(left, c.left...), append(ended, c.ended...)
		if c.gone {
			removed++
		}
		if failed == nil {
			failed = c.err
		}
	}
	crashes := runsText(found)
	switch {
	case failed != nil:
		return fails(fmt.Sprintf("%s cannot be cleared up: %s", crashes, oneLine(failed)))
	case fix && len(left) > 0:
		return fails(fmt.Sprintf("%s: could not be ended: %s", crashes, names(left)), "ps -fp "+pidList(left))
	case fix && len(ended) > 0:
		return fine(fmt.Sprintf("%s: ended %s and removed the record", crashes, names(ended)))
	case fix:
		return fine(fmt.Sprintf("%s: nothing was left; removed the record", crashes))
	case len(left) > 0:
		return fails(fmt.Sprintf("%s left %s", crashes, names(left)), "devrun doctor --fix")
	}
	return warns(crashes+" left a record and nothing else", "devrun doctor --fix")
}

// runsText names crashed runs by their project and service.
func runsText(found []*crashed) string {
	var texts []string
	for _, c := range found {
		name := c.record.Project
		if len(c.record.Services) > 0 {
			name += "/" + c.record.Services[0].Name
		}
		texts = append(texts, name)
	}
	if len(found) == 1 {
		return "the crashed run of " + texts[0]
	}
	return "the crashed runs of " + firstThree(texts)
}

func names(members []process.Member) string {
	var texts []string
	for _, m := range members {
		texts = append(texts, fmt.Sprintf("%s (pid %d)", m.Name, m.PID))
	}
	return firstThree(texts)
}

// firstThree lists up to three of texts, and how many more there are.
func firstThree(texts []string) string {
	if more := len(texts) - 3; more > 0 {
		texts = append(texts[:3:3], fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}

func pidList(members []process.Member) string {
	var pids []string
	for _, m := range members {
		pids = append(pids, fmt.Sprint(m.PID))
	}
	return strings.Join(pids, ",")
}

func leftoverDetail(found []*crashed) []map[string]any {
	list := []map[string]any{}
	for _, c := range found {
		list = append(list, map[string]any{
			"id": c.record.ID, "project": c.record.Project, "dir": c.record.Dir, "pid": c.record.PID,
			"left": memberDetail(c.left), "ended": memberDetail(c.ended), "removed": c.gone,
		})
	}
	return list
}

func memberDetail(members []process.Member) []map[string]any {
	list := []map[string]any{}
	for _, m := range members {
		list = append(list, map[string]any{"pid": m.PID, "name": m.Name})
	}
	return list
}
