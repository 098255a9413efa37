package process

import (
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	clean(t)
	// A child that is waited for uses processor time, too.
	p, out := service(t, `(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); echo $$; sleep 1000; :`)
	out.pid(t)
	memory, used, err := p.Usage()
	if err != nil || memory < 100<<10 || memory > 1<<30 || used <= 0 || used > time.Minute {
		t.Errorf("got %d bytes, %v, %v; want a shell's memory and some time", memory, used, err)
	}
	terminate(t, p)
	if memory, used, err := p.Usage(); memory != 0 || used != 0 || err != nil {
		t.Errorf("after its end: got %d bytes, %v, %v; want nothing", memory, used, err)
	}
}
