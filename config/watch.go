package config

import "time"

// watch is false, true or a mapping.
func watch() shape[Watch] {
	m := mappingOf(Watch{Paths: []string{"."}}, []key[Watch]{
		one("paths", "Folders and files to watch, relative to dir.", []string{"."},
			notEmpty(several(withVariables(line()))), func(w *Watch) *[]string { return &w.Paths }),
		one("include", "Globs of the files to watch, relative to the watched folder; a glob without a slash matches at every depth. By default all files are watched.", []string{},
			several(withVariables(glob())), func(w *Watch) *[]string { return &w.Include }),
		one("ignore", "Globs of files to ignore, in addition to .gitignore.", []string{},
			several(withVariables(glob())), func(w *Watch) *[]string { return &w.Ignore }),
		one("settle", "How long to wait for quiet after a burst of changes before restarting the service.", "50ms",
			duration(time.Millisecond), func(w *Watch) *time.Duration { return &w.Settle }),
	})
	schema := object{{"oneOf", []object{{{"type", "boolean"}}, m.schema}}}
	return typed(shape[Watch]{schema, func(r *reader, p place) (Watch, bool) {
		if p.kind == boolean {
			on, ok := toggle().read(r, p)
			return Watch{Off: !on, Paths: []string{"."}}, ok
		}
		return m.read(r, p)
	}})
}
