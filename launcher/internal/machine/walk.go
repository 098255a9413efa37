package machine

import (
	"net/netip"
	"slices"
)

// maxBlocks bounds what is listed.
const maxBlocks = 8

// Blocks returns the rules that stop connections of this machine to itself on
// addr and the ports from first to last, or the answers to them; those that do
// so for certain come first.
func (f Firewall) Blocks(addr netip.Addr, first, last int) []Block {
	var all []Block
	at := map[Block]int{}
	for _, t := range f.tables {
		for _, answer := range []bool{false, true} {
			p := packet{addr: addr, source: anyPort, target: span{first, last}, answer: answer}
			if answer {
				p.source, p.target = p.target, p.source
			}
			for _, b := range t.blocks(p) {
				key := b
				key.Sure = false
				if i, ok := at[key]; ok {
					all[i].Sure = all[i].Sure || b.Sure
					continue
				}
				at[key] = len(all)
				all = append(all, b)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Block) int {
		switch {
		case a.Sure == b.Sure:
			return 0
		case a.Sure:
			return -1
		}
		return 1
	})
	return all[:min(len(all), maxBlocks)]
}

// blocks follows p through the chains of a table.
func (t *table) blocks(p packet) []Block {
	if p.addr.Is4() && !t.ip4 || p.addr.Is6() && !t.ip6 {
		return nil
	}
	var all []Block
	for _, c := range t.chains {
		switch c.hook {
		case hookOutput, hookPostrouting:
			p.in, p.out = "", "lo"
		case hookInput, hookPrerouting:
			p.in, p.out = "lo", ""
		default:
			continue
		}
		w := walk{table: t, base: c, packet: p}
		if !w.follow(c, true, 0) && c.drops {
			w.block(c, t.policyText(c), !w.passes)
		}
		all = append(all, w.blocks...)
	}
	return all
}

// walk is the way of a packet through one base chain.
type walk struct {
	table  *table
	base   *chain
	packet packet
	passes bool // some such packet was accepted
	blocks []Block
}

// maxDepth is more than the kernel allows jumps to nest (16,
// NFT_JUMP_STACK_SIZE).
const maxDepth = 20

// follow walks through c. certain says that every packet gets here; it returns
// true when none that came in goes on behind c.
func (w *walk) follow(c *chain, certain bool, depth int) (decided bool) {
	if depth > maxDepth {
		return false
	}
	for _, r := range c.rules {
		m := r.matches(w.packet)
		if m == never {
			continue
		}
		switch r.do {
		case drop:
			w.block(c, r.text, certain && m == always && !w.passes)
			if m == always {
				return true
			}
		case accept:
			w.passes = true
			if m == always {
				return true
			}
		case leave:
			if m == always {
				return false
			}
			certain = false
		case jump, jumpForGood:
			decided := false
			if next := w.table.chain(r.target); next != nil {
				decided = w.follow(next, certain && m == always, depth+1)
			}
			if m == always && (decided || r.do == jumpForGood) {
				return decided
			}
			certain = certain && (m == always || r.do == jump)
		}
	}
	return false
}

func (w *walk) block(c *chain, text string, certain bool) {
	if len(w.blocks) >= maxBlocks {
		return
	}
	t := w.table
	w.blocks = append(w.blocks, Block{
		Tool: t.tool, Family: t.family, Table: t.name, Chain: c.name, Rule: text, Sure: certain, Allow: t.allow(w.base),
	})
}
