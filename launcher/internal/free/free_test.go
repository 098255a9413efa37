package free

import (
	"strings"
	"testing"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
)

func TestChoose(t *testing.T) {
	mine := diag.Holder{PID: 70, Name: "node", Mine: true, State: diag.StateListen}
	with := func(change func(*diag.Holder)) diag.Holder {
		h := mine
		change(&h)
		return h
	}
	run := &diag.Run{Project: "shop", Service: "api", PID: 9}
	own := []portowner.Process{{PID: 50, Name: "code"}}
	for name, tt := range map[string]struct {
		holders []diag.Holder
		found   int
		refusal string
	}{
		"a listener":        {[]diag.Holder{mine}, 1, ""},
		"both families":     {[]diag.Holder{mine, mine}, 1, ""},
		"bound":             {[]diag.Holder{with(func(h *diag.Holder) { h.State = diag.StateBound })}, 1, ""},
		"its connections":   {[]diag.Holder{mine, with(func(h *diag.Holder) { h.State, h.PID, h.Mine = diag.StateEstablished, 71, false })}, 1, ""},
		"a client's":        {[]diag.Holder{with(func(h *diag.Holder) { h.State = diag.StateEstablished })}, 0, "does not listen"},
		"the kernel's":      {[]diag.Holder{{State: diag.StateTimeWait}}, 0, "the kernel frees it"},
		"another user's":    {[]diag.Holder{with(func(h *diag.Holder) { h.Mine, h.User = false, "eve" })}, 0, "belongs to eve"},
		"a hidden one":      {[]diag.Holder{{Hidden: true}}, 0, "belongs to another user"},
		"mine and a hidden": {[]diag.Holder{mine, {Hidden: true}}, 0, "belongs to another user"},
		"a container's":     {[]diag.Holder{with(func(h *diag.Holder) { h.Container = &diag.Container{Name: "db"} })}, 0, "container db"},
		"a service's":       {[]diag.Holder{with(func(h *diag.Holder) { h.Run = run })}, 0, "api of shop"},
		"left by a devrun":  {[]diag.Holder{with(func(h *diag.Holder) { h.Run, h.Orphan = run, true })}, 1, ""},
		"this shell's":      {[]diag.Holder{with(func(h *diag.Holder) { h.PID = 50 })}, 0, "runs this shell"},
		"the first process": {[]diag.Holder{with(func(h *diag.Holder) { h.PID = 1 })}, 0, "runs this shell"},
		"nobody's":          {nil, 0, "no visible process"},
	} {
		found, refusal := choose(tt.holders, own)
		if len(found) != tt.found || !strings.Contains(refusal, tt.refusal) || (refusal == "") != (tt.refusal == "") {
			t.Errorf("%s: got %d, %q; want %d, %q", name, len(found), refusal, tt.found, tt.refusal)
		}
	}
}

func TestRestarter(t *testing.T) {
	process := func(line string) portowner.Process {
		argv := strings.Fields(line)
		return portowner.Process{Name: argv[0], Argv: argv}
	}
	for line, want := range map[string]string{
		"node index.js < node /x/node_modules/.bin/nodemon index.js < sh -c nodemon < npm run dev < bash": "node",
		"node index.js < node --watch index.js < bash":                                                    "node",
		"python app.py < python app.py < bash":                                                            "python",
		"python -c spawn < uvicorn main:app --reload < bash":                                              "uvicorn",
		"./tmp/main < air < zsh":                                                                          "air",
		"node index.js < sh -c x < npm start":                                                             "",
		"node index.js < bash < air":                                                                      "",
	} {
		var all []portowner.Process
		for part := range strings.SplitSeq(line, " < ") {
			all = append(all, process(part))
		}
		got, ok := restarter(all[0], all[1:])
		if got.Name != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t; want %q", line, got.Name, ok, want)
		}
	}
}
