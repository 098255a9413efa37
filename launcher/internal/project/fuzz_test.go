package project

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"devrun/config"
)

// stuck names a member that could be open and is not; "" for none.
func stuck(p *Project) string {
	if slices.ContainsFunc(p.members, func(m *member) bool { return m.phase == taking }) {
		return ""
	}
	for _, m := range p.members {
		waits := slices.ContainsFunc(p.needs(m), func(n *member) bool { return !n.isReady() })
		if m.phase == held && !waits || m.phase == opened && m.asked == nothing && m.restart != nil && !waits {
			return m.svc.Name
		}
	}
	return ""
}

// FuzzProject makes random changes of the file, requests and news of members, and
// then ends everything: each member is opened after what it needs, none is
// started while its predecessor lives, and the end comes.
func FuzzProject(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, Policy{})
		names := []string{"a", "b", "c", "d"}
		definitions := func() []config.Service {
			var list []config.Service
			for i, name := range names {
				if random.IntN(4) > 0 {
					var needs []string
					for _, other := range names[:i] {
						if random.IntN(2) == 0 {
							needs = append(needs, other)
						}
					}
					list = append(list, svc(name, fmt.Sprint(random.IntN(3)), needs...))
				}
			}
			return list
		}
		live := func() []*fake {
			return slices.DeleteFunc(slices.Clone(w.started), func(f *fake) bool { return f.ended })
		}
		news := func() {
			all := live()
			if len(all) == 0 {
				return
			}
			m := all[random.IntN(len(all))]
			switch {
			case !slices.ContainsFunc(w.members, func(other *member) bool { return other.Member == m }):
				t.Fatalf("%s lives, and the project does not know it", m.svc.Name)
			case random.IntN(5) == 0 || m.asked(Stop) && random.IntN(2) == 0:
				m.ended = true
				w.Ended(m, Result{Status: random.IntN(2) * 3})
			case !m.asked(Open):
				w.Held(m, fmt.Sprint("port", random.IntN(2)))
			default:
				w.Ready(m)
			}
		}
		w.SetDesired(definitions())
		for range 60 {
			switch random.IntN(8) {
			case 0:
				w.SetDesired(definitions())
			case 1:
				w.Restart([]string{names[random.IntN(4)]}, errors.New("asked"))
			case 2:
				w.Stop([]string{names[random.IntN(4)]})
			default:
				news()
			}
			if m := stuck(w.Project); m != "" {
				t.Fatalf("%s has all that it needs, and is neither opened nor restarted", m)
			}
			for i, m := range w.started {
				for _, other := range w.started[:i] {
					if !m.ended && !other.ended && m.svc.Name == other.svc.Name {
						t.Fatalf("two members live as %s", m.svc.Name)
					}
				}
			}
		}
		w.StopAll(ErrAsked)
		for round := 0; w.Live(); round++ {
			if round > 20 {
				t.Fatalf("the end does not come: %+v", w.Views())
			}
			for _, m := range live() {
				if m.asked(Stop) {
					m.ended = true
					w.Ended(m, Result{})
				}
			}
		}
		for _, m := range w.started {
			if !m.released && !slices.ContainsFunc(w.started, func(next *fake) bool { return next.previous == m }) {
				t.Errorf("the port of %s was neither given back nor taken over", m.svc.Name)
			}
		}
	})
}
