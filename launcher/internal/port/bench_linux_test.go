package port

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func BenchmarkReserve(b *testing.B) {
	p := freePort(b)
	for b.Loop() {
		r, err := Reserve(p)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		r.Close()
		b.StartTimer()
	}
}

func BenchmarkReserveBesideTimeWait(b *testing.B) {
	p := freePort(b)
	serveOne(b, p, nil)()
	for b.Loop() {
		r, err := Reserve(p)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		r.Close()
		b.StartTimer()
	}
}

func BenchmarkReleaseAndHold(b *testing.B) {
	r := reserveAny(b)
	for b.Loop() {
		if err := errors.Join(r.Release(), r.Hold()); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkTaken measures ReserveFirst where the first 200 candidates are taken.
func benchmarkTaken(b *testing.B, take func(p int)) {
	ports := make([]int, 201)
	for i := range ports {
		ports[i] = freePort(b)
		if i < 200 {
			take(ports[i])
		}
	}
	for b.Loop() {
		r, err := ReserveFirst(context.Background(), slices.Values(ports))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		r.Close()
		b.StartTimer()
	}
}

func BenchmarkReserveAfter200Locked(b *testing.B) {
	benchmarkTaken(b, func(p int) {
		r, err := Reserve(p)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { r.Close() })
	})
}

func BenchmarkReserveAfter200Listening(b *testing.B) {
	benchmarkTaken(b, func(p int) {
		if _, err := (occupant{addr: "127.0.0.1", reuseAddr: true, listen: true}).occupy(b, p); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkReserveAfter200Bound(b *testing.B) {
	benchmarkTaken(b, func(p int) {
		if _, err := (occupant{addr: "127.0.0.1", reuseAddr: true}).occupy(b, p); err != nil {
			b.Fatal(err)
		}
	})
}
