package service

import (
	"errors"
	"testing"

	"devrun/config"
)

// TestOverdueWaitsOutside lets the time of a smoke run end while a check cannot be
// ended: the service goes on to hear what else is asked of it.
func TestOverdueWaitsOutside(t *testing.T) {
	s, err := New(config.Service{Name: "a", Command: []string{"true"}, Dir: t.TempDir(), Host: "127.0.0.1", Watch: config.Watch{Off: true}}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	s.state.Phase = Starting
	s.launch.attempt = &attempt{}
	cancelled := false
	s.probe.ended, s.probe.cancel = make(chan probed), func() { cancelled = true }
	s.TimeIsUp(errors.New("late"))
	forced := false
	s.inbox.Put(func() { forced = true })
	s.step()
	if s.state.Phase != Starting || !cancelled || !forced {
		t.Errorf("phase %v, cancelled %v, heard the next %v; want it to wait for the check in its loop", s.state.Phase, cancelled, forced)
	}
}
