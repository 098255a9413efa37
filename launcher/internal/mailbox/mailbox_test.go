package mailbox

import (
	"slices"
	"sync"
	"testing"
)

func TestNothingIsLost(t *testing.T) {
	const senders, each = 8, 1000
	box := New[int]()
	var sending sync.WaitGroup
	for n := range senders {
		// Ends with its values.
		sending.Go(func() {
			for i := range each {
				box.Put(n*each + i)
			}
		})
	}
	var got []int
	for len(got) < senders*each {
		<-box.Filled()
		got = append(got, box.Take()...)
	}
	sending.Wait()
	for n := range senders {
		var own []int
		for _, v := range got {
			if v/each == n {
				own = append(own, v)
			}
		}
		if len(own) != each || !slices.IsSorted(own) {
			t.Errorf("sender %d: %d values, in order %v; want %d in order", n, len(own), slices.IsSorted(own), each)
		}
	}
}

func TestClose(t *testing.T) {
	box := New[string]()
	box.Put("a")
	if got, want := box.Close(), []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("left %v; want %v", got, want)
	}
	if box.Put("b") || len(box.Take()) != 0 {
		t.Error("a closed box takes values")
	}
}
