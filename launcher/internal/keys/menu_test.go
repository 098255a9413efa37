package keys

import (
	"fmt"
	"reflect"
	"testing"
)

func three() []Service {
	return []Service{{"api", "http://127.0.0.1:1"}, {"web", "http://127.0.0.1:2"}, {"worker", ""}}
}

func twelve() []Service {
	var list []Service
	for i := range 12 {
		list = append(list, Service{Name: fmt.Sprintf("s%d", i+1)})
	}
	return list
}

func one() []Service { return []Service{{"api", "http://127.0.0.1:1"}} }

func none() []Service { return nil }

func TestMenu(t *testing.T) {
	api, web, worker := Choice{1, "api"}, Choice{2, "web"}, Choice{3, "worker"}
	for _, test := range []struct {
		typed    string
		services func() []Service
		want     Step // after the last key
	}{
		{"h", three, Step{Verb: Help}},
		{"?", three, Step{Verb: Help}},
		{"q", three, Step{Verb: Quit}},
		{"\n", three, Step{Verb: Blank}},
		{"\x1b", three, Step{}},
		{"x", three, Step{}},
		{"R", three, Step{}},
		{"3", three, Step{}},

		{"r", three, Step{Verb: Restart, Ask: true, Choices: []Choice{api, web, worker}, Enter: All}},
		{"r\n", three, Step{Verb: Restart}},
		{"r2", three, Step{Verb: Restart, Service: "web"}},
		{"ra", three, Step{Verb: Restart, Service: "api"}},
		{"rw", three, Step{Verb: Restart, Ask: true, Choices: []Choice{web, worker}}},
		{"rwo", three, Step{Verb: Restart, Service: "worker"}},
		{"rw\n", three, Step{Verb: Cancel}},
		{"rx", three, Step{Verb: Cancel}},
		{"r4", three, Step{Verb: Cancel}},
		{"r\x1b", three, Step{Verb: Cancel}},
		{"r\x1bq", three, Step{Verb: Quit}},
		{"rxq", three, Step{Verb: Quit}},
		{"rq", three, Step{Verb: Cancel}},
		{"r\nq", three, Step{Verb: Quit}},
		{"r", one, Step{Verb: Restart, Service: "api"}},
		{"r", none, Step{Verb: Restart, Ask: true}},
		{"rq", none, Step{Verb: Quit}},

		{"l", three, Step{Verb: Logs, Ask: true, Choices: []Choice{api, web, worker}, Enter: All}},
		{"l\n", three, Step{Verb: Logs}},
		{"l3", three, Step{Verb: Logs, Service: "worker"}},

		{"o", three, Step{Verb: Open, Ask: true, Choices: []Choice{api, web}, Enter: "api"}},
		{"o\n", three, Step{Verb: Open, Service: "api"}},
		{"ow", three, Step{Verb: Open, Service: "web"}},
		{"o3", three, Step{Verb: Cancel}},
		{"o", one, Step{Verb: Open, Service: "api"}},
		{"o", twelve, Step{Verb: Open, Ask: true}},

		{"a", three, Step{Verb: Attach, Ask: true, Choices: []Choice{api, web, worker}}},
		{"a\n", three, Step{Verb: Cancel}},
		{"a1", three, Step{Verb: Attach, Service: "api"}},
		{"a", one, Step{Verb: Attach, Service: "api"}},

		{"r1", twelve, Step{Verb: Restart, Ask: true, Choices: []Choice{{1, "s1"}, {10, "s10"}, {11, "s11"}, {12, "s12"}}, Enter: "s1"}},
		{"r1\n", twelve, Step{Verb: Restart, Service: "s1"}},
		{"r12", twelve, Step{Verb: Restart, Service: "s12"}},
		{"r2", twelve, Step{Verb: Restart, Service: "s2"}},
		{"rs2", twelve, Step{Verb: Restart, Service: "s2"}},
		{"rs1\n", twelve, Step{Verb: Restart, Service: "s1"}},
	} {
		var m Menu
		var got Step
		for _, key := range test.typed {
			got = m.Key(key, test.services)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q, %d services: got %+v; want %+v", test.typed, len(test.services()), got, test.want)
		}
	}
}
