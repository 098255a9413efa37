package diag

import (
	"encoding/json"

	"devrun/config/secret"
)

// MarshalJSON is the holder for --json. Keys are only ever added; unknown values are
// left out. The command line is masked.
func (h Holder) MarshalJSON() ([]byte, error) { return json.Marshal(h.evidence()) }

func (h Holder) evidence() map[string]any {
	e := map[string]any{"state": string(h.state()), "mine": h.Mine, "hidden": h.Hidden, "orphan": h.Orphan}
	set := func(key string, value any, known bool) {
		if known {
			e[key] = value
		}
	}
	text := func(key, value string) { set(key, value, value != "") }
	set("pid", h.PID, h.PID != 0)
	text("name", h.Name)
	set("argv", secret.Args(h.Argv), len(h.Argv) > 0)
	text("dir", h.Dir)
	text("branch", h.Branch)
	set("started", h.Started, !h.Started.IsZero())
	text("user", h.User)
	set("uid", h.UID, h.User != "" || h.Hidden)
	set("address", h.Addr.String(), h.Addr.IsValid())
	set("v6_only", true, h.V6Only)
	set("peer", h.Peer.String(), h.Peer.IsValid())
	set("time_wait_ms", h.TimeWaitLeft.Milliseconds(), h.TimeWaitLeft > 0)
	set("shares", h.Shares, h.Shares > 0)
	set("suspended", true, h.Suspended)
	if o := h.Origin; o.Kind != "" || len(o.Parents) > 0 {
		e["origin"] = map[string]any{"kind": o.Kind, "name": o.Name, "parents": o.Parents}
	}
	if c := h.Container; c != nil {
		text("container", c.Name)
		text("container_id", c.ID)
		text("image", c.Image)
		text("compose_project", c.Project)
		text("compose_service", c.Service)
		text("target", c.Target)
	}
	if h.Run != nil {
		e["run"] = map[string]any{"project": h.Run.Project, "service": h.Run.Service, "url": h.Run.URL, "pid": h.Run.PID}
	}
	return e
}

// holdersEvidence is never nil: the absence of holders is evidence too.
func holdersEvidence(holders []Holder) []map[string]any {
	list := make([]map[string]any, 0, len(holders))
	for _, h := range holders {
		list = append(list, h.evidence())
	}
	return list
}
