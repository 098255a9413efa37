// Package mailbox passes values to a goroutine without ever blocking the sender.
package mailbox

import "sync"

// Box is an unbounded queue with one receiver. Its methods may be called from any
// goroutine. It is made with New.
type Box[T any] struct {
	filled chan struct{} // has a value while values wait

	mu     sync.Mutex // guards what follows
	values []T
	closed bool
}

// New returns an empty box.
func New[T any]() *Box[T] { return &Box[T]{filled: make(chan struct{}, 1)} }

// Filled receives when values wait; Take returns them.
func (b *Box[T]) Filled() <-chan struct{} { return b.filled }

// Put adds a value. After Close it reports false, and the value is dropped.
func (b *Box[T]) Put(value T) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.values = append(b.values, value)
	select {
	case b.filled <- struct{}{}:
	default:
	}
	return true
}

// Take returns the values that wait, in the order in which they were put.
func (b *Box[T]) Take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	values := b.values
	b.values = nil
	return values
}

// Close refuses further values, and returns those that nobody took.
func (b *Box[T]) Close() []T {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.Take()
}
