package launcher

import "testing"

func TestRepeatFlags(t *testing.T) {
	r := &Run{opts: Options{Flags: []Flag{{"--port", "--port 3000"}, {"--ready", "--ready 'exec:a b'"}}}}
	for command, want := range map[string]string{
		"devrun --port auto -- node x": "devrun --port auto --ready 'exec:a b' -- node x",
		"devrun -- node x -- y":        "devrun --port 3000 --ready 'exec:a b' -- node x -- y",
		"devrun why 3000":              "devrun why 3000",
		"kill 1":                       "kill 1",
		"devrun --adopt -- node x":     "devrun --adopt --port 3000 --ready 'exec:a b' -- node x",
	} {
		if got := r.repeatFlags(command); got != want {
			t.Errorf("%q: got %q; want %q", command, got, want)
		}
	}
}
