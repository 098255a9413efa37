package config

import "time"

// watch is false, true or a mapping.
func watch() shape[Watch] {
	m := mappingOf(Watch{Paths: []string{"."}}, []key[Watch]{
		one("paths", "Folders and files that are watched, relative to dir.", []string{"."},
			notEmpty(several(line())), func(w *Watch) *[]string { return &w.Paths }),
		one("include", "Globs of the files that count, relative to the watched folder; one without a slash counts at every depth. By default all files do.", []string{},
			several(glob()), func(w *Watch) *[]string { return &w.Include }),
		one("ignore", "Globs of what does not count, besides .gitignore.", []string{},
			several(glob()), func(w *Watch) *[]string { return &w.Ignore }),
		one("settle", "How long it must be quiet after a burst of changes before the service starts anew.", "50ms",
			duration(time.Millisecond), func(w *Watch) *time.Duration { return &w.Settle }),
	})
	schema := object{{"oneOf", []object{{{"type", "boolean"}}, m.schema}}}
	return shape[Watch]{schema, func(r *reader, p place) (Watch, bool) {
		if p.kind == boolean {
			on, ok := toggle().read(r, p)
			return Watch{Off: !on, Paths: []string{"."}}, ok
		}
		return m.read(r, p)
	}}
}
