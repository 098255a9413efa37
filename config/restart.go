package config

import "time"

// restart is the policy with its waits.
func restart() shape[Restart] {
	start := Defaults().Restart
	backoff := mappingOf(start.Backoff, []key[Backoff]{
		one("initial", "The wait before the first restart.", "200ms",
			duration(time.Millisecond), func(b *Backoff) *time.Duration { return &b.Initial }),
		one("max", "The longest wait.", "10s", duration(time.Millisecond), func(b *Backoff) *time.Duration { return &b.Max }),
		one("factor", "The factor by which each wait is longer than the previous one.", 2, factor(), func(b *Backoff) *float64 { return &b.Factor }),
	})
	policy := word(string(RestartOnFailure), string(RestartNever))
	m := mappingOf(start, []key[Restart]{
		{"policy", "on-failure restarts the service after a crash, up to five times in a row; never does not restart it.", string(RestartOnFailure), policy.schema,
			func(r *reader, p place, to *Restart) {
				if v, ok := policy.read(r, p); ok {
					to.Policy = RestartPolicy(v)
				}
			}},
		one("backoff", "The waits between restarts after crashes.", nil, backoff, func(r *Restart) *Backoff { return &r.Backoff }),
	})
	return shape[Restart]{m.schema, func(r *reader, p place) (Restart, bool) {
		v, ok := m.read(r, p)
		if ok && v.Backoff.Max < v.Backoff.Initial {
			r.wrong(p, "backoff.max %v is less than backoff.initial %v", v.Backoff.Max, v.Backoff.Initial)
		}
		return v, ok
	}}
}
