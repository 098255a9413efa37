package port

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
)

// Candidates yields every port of r that sys does not reserve, exactly once.
// Ports outside sys.Ephemeral come first, since no outgoing connection can have
// taken one, then the others. Within both, ports outside Linux's default
// ephemeral range come first, so that a seed gives the same first choice on a
// system whose ephemeral range covers all of r, as on macOS and Windows.
//
// Each of these groups begins at a port derived from seed and wraps around. The
// order depends on r, sys and seed alone and is the same in every release: with
// h the first eight bytes, big-endian, of SHA-256 of seed, a group of n ports,
// reserved ones counted, begins at its port number h mod n. Ports outside
// 1–65535 are ignored.
func Candidates(r Range, sys System, seed string) iter.Seq[int] {
	return func(yield func(int) bool) {
		sum := sha256.Sum256([]byte(seed))
		hash := binary.BigEndian.Uint64(sum[:])
		for _, group := range groups(r, sys.Ephemeral) {
			for p := range rotated(group, hash) {
				if !sys.IsReserved(p) && !yield(p) {
					return
				}
			}
		}
	}
}

// groups splits r by preference. Each group is ascending and without overlap.
func groups(r, ephemeral Range) [4][]Range {
	r = Range{First: max(r.First, minPort), Last: min(r.Last, maxPort)}
	in, out := cut(r, ephemeral)
	var g [4][]Range
	for i, part := range [][]Range{out, in} {
		for _, span := range part {
			spanIn, spanOut := cut(span, linuxEphemeral())
			g[2*i] = append(g[2*i], spanOut...)
			g[2*i+1] = append(g[2*i+1], spanIn...)
		}
	}
	return g
}

// cut splits r into the parts inside and outside hole, without empty ranges.
func cut(r, hole Range) (in, out []Range) {
	add := func(list []Range, first, last int) []Range {
		if first > last {
			return list
		}
		return append(list, Range{First: first, Last: last})
	}
	if hole.Len() == 0 {
		return nil, add(nil, r.First, r.Last)
	}
	in = add(in, max(r.First, hole.First), min(r.Last, hole.Last))
	out = add(out, r.First, min(r.Last, hole.First-1))
	out = add(out, max(r.First, hole.Last+1), r.Last)
	return in, out
}

// rotated yields the ports of spans, beginning with number hash mod their count.
func rotated(spans []Range, hash uint64) iter.Seq[int] {
	count := 0
	for _, span := range spans {
		count += span.Len()
	}
	return func(yield func(int) bool) {
		if count == 0 {
			return
		}
		start := int(hash % uint64(count))
		for i := range count {
			if !yield(nth(spans, (start+i)%count)) {
				return
			}
		}
	}
}

// nth returns port number n of spans, counted from 0.
func nth(spans []Range, n int) int {
	for _, span := range spans {
		if n < span.Len() {
			return span.First + n
		}
		n -= span.Len()
	}
	panic("port: index beyond the spans")
}
