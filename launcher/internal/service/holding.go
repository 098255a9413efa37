package service

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
)

// holding is the port of a service: which one it wants, and the reservation.
type holding struct {
	*base
	wanted config.Port // the port of the config, or the one that the command names
	named  bool        // the command names it
	torn   bool        // the command names another one, which nothing can replace
	res    *port.Reservation
	isNew  bool // the port is not remembered yet
	tried  bool // never ready on any port
	// noReuse means that the server binds without SO_REUSEADDR, so that the hold
	// is released for it.
	noReuse bool
	// second means that another run of the project has the port that this service
	// had before.
	second bool
}

// newHolding finds out which port the service wants.
func newHolding(b *base) holding {
	h := holding{base: b, wanted: b.svc.Port}
	switch {
	case h.wanted.None, b.fixed.Port == 0, b.fixed.Port == h.wanted.Number:
	case !h.wanted.Pinned():
		h.wanted.Number, h.named = b.fixed.Port, true
	case b.fixed.Replaceable:
		over := b.framework.Overriding()
		b.framework = &over
	case b.fixed.Assumed:
	default:
		h.torn = !b.svc.Adopt // whose relay joins the two
	}
	return h
}

// fixedWords are the words of the command that name its port, and where they stand;
// none where the port may be any.
func (h *holding) fixedWords() diag.FixedPort {
	if !h.named && !h.torn {
		return diag.FixedPort{}
	}
	return h.base.fixedWords()
}

// inherit takes over the port of a service that has ended, when it is wanted.
func (h *holding) inherit(old *holding) {
	if old.res != nil && h.wanted == old.wanted && h.public.Bind == old.public.Bind {
		h.keep(old.res)
		h.noReuse, h.second = old.noReuse, old.second
		old.res = nil
	}
}

func (h *holding) keep(res *port.Reservation) {
	h.res = res
	h.public.Port = res.Port()
}

// close gives the port back. It is safe to call twice.
func (h *holding) close() {
	if h.res != nil {
		h.res.Close()
		h.res = nil
	}
}

// yield releases the hold for a server that cannot bind beside it.
func (h *holding) yield() {
	if h.noReuse && h.res != nil {
		_ = h.res.Release()
	}
}

// retake holds the port again after yield. Somebody else may have taken it: the
// next start reports that.
func (h *holding) retake() {
	if h.noReuse && h.res != nil {
		_ = h.res.Hold()
	}
}

// within is the range that an unpinned port is taken from.
func (h *holding) within() port.Range {
	if h.wanted.First != 0 {
		return port.Range{First: h.wanted.First, Last: h.wanted.Last}
	}
	return port.Dynamic()
}

// extraHosts are the loopback addresses beside 127.0.0.1 and ::1 that the service
// was told to use.
func (h *holding) extraHosts() []netip.Addr {
	addr := h.public.Addr
	if addr == netip.IPv6Loopback() || addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return nil
	}
	return []netip.Addr{addr}
}

// take keeps a port that was reserved.
func (h *holding) take(res *port.Reservation, err error) error {
	if err == nil {
		h.keep(res)
	}
	return err
}

// takeFirst reserves the first of the ports that can be had.
func (h *holding) takeFirst(ctx context.Context, candidates iter.Seq[int]) error {
	return h.take(port.ReserveFirst(ctx, candidates, h.extraHosts()...))
}

// takeKnown reserves the port that the service had before, else the first of
// candidates. With known 0 that is the first candidate alone. It returns who had
// the port where another was taken, nil where none had to be.
func (h *holding) takeKnown(ctx context.Context, known int, candidates iter.Seq[int]) (*port.TakenError, error) {
	first := known
	if first == 0 {
		first = firstOf(candidates)
	}
	if first == 0 {
		return nil, &port.ExhaustedError{}
	}
	res, err := port.Reserve(first, h.extraHosts()...)
	if err == nil {
		h.keep(res)
		return nil, nil
	}
	var taken *port.TakenError
	if !errors.As(err, &taken) {
		return nil, err
	}
	return taken, h.takeFirst(ctx, candidates)
}

// firstOf is the first element of seq, 0 when there is none.
func firstOf(seq iter.Seq[int]) int {
	for p := range seq {
		return p
	}
	return 0
}

// without leaves some ports out of seq.
func without(seq iter.Seq[int], avoided ...int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for p := range seq {
			if !slices.Contains(avoided, p) && !yield(p) {
				return
			}
		}
	}
}
