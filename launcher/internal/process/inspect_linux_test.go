package process

import (
	"os"
	"slices"
	"testing"
)

// Another program sees the tree that Members sees, by the marks alone.
func TestMarkedIsTheTree(t *testing.T) {
	clean(t)
	p, out := service(t, `sh -c 'env -i sleep 1000 & echo $!; wait' & wait`)
	pid := out.pid(t)
	members, err := Recorded(0, 0, p.spec.Marks)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{p.PID(), pid} {
		if !slices.ContainsFunc(members, func(m Member) bool { return m.PID == want && m.StartTicks != 0 }) {
			t.Errorf("got %+v; want %d among them", members, want)
		}
	}
	if slices.ContainsFunc(members, func(m Member) bool { return m.PID == os.Getpid() }) {
		t.Errorf("got %+v; want this process not to be among them", members)
	}
	if ticks, err := StartTicks(p.PID()); err != nil || ticks != p.StartTicks() {
		t.Errorf("start ticks: got %d, %v; want %d", ticks, err, p.StartTicks())
	}
	terminate(t, p)
	if members, err := Recorded(0, 0, p.spec.Marks); err != nil || len(members) > 0 {
		t.Errorf("after the stop: got %+v, %v; want none", members, err)
	}
	if _, err := StartTicks(pid); err == nil {
		t.Errorf("process %d still has start ticks; want it gone", pid)
	}
}

func TestVariable(t *testing.T) {
	clean(t)
	s := spec(`echo $$; sleep 1000; :`) // no exec, during which the environment is empty
	s.Env = append(s.Env, "WHO=me=you", "EMPTY=")
	out := newLines()
	s.Stdout = out
	p := start(t, s)
	pid := out.pid(t)
	for name, want := range map[string]string{"WHO": "me=you", "EMPTY": "", "WH": "", "NONE": ""} {
		if got := Variable(pid, name); got != want {
			t.Errorf("%s: got %q; want %q", name, got, want)
		}
	}
	terminate(t, p)
	if got := Variable(pid, "WHO"); got != "" {
		t.Errorf("after its end: got %q; want nothing", got)
	}
}
