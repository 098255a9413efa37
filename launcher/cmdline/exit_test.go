package cmdline

import "testing"

func TestWrapped(t *testing.T) {
	t.Parallel()
	const message = "no command to run; found web (package.json) and api (main in cmd/api)"
	for _, test := range []struct {
		name, message string
		width         int
		want          string
	}{
		{"no terminal", message, 0, "devrun: " + message},
		{"wide enough", message, 80, "devrun: " + message},
		{"narrower", message, 60, "devrun: no command to run; found web (package.json) and api\n        (main in cmd/api)"},
		{"too narrow", message, 10, "devrun: no command to run; found web\n        (package.json) and api (main in\n        cmd/api)"},
		{"several lines", "one\ntwo", 60, "devrun: one\n        two"},
		{"several lines in a pipe", "one\ntwo", 0, "devrun: one\ntwo"},
	} {
		if got := wrapped("devrun: ", test.message, test.width); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
