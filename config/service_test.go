package config

import (
	"testing"
	"time"
)

func TestBackoffWait(t *testing.T) {
	b := Backoff{Initial: 200 * time.Millisecond, Max: time.Second, Factor: 2}
	for n, want := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 3: 800 * time.Millisecond,
		4: time.Second, 1000: time.Second,
	} {
		if got := b.Wait(n); got != want {
			t.Errorf("Wait(%d) = %v; want %v", n, got, want)
		}
	}
	constant := Backoff{Initial: time.Second, Max: time.Minute, Factor: 1}
	if got := constant.Wait(50); got != time.Second {
		t.Errorf("Wait(50) with factor 1 = %v; want %v", got, time.Second)
	}
}
