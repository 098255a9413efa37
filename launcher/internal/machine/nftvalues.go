package machine

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// field returns a member of a JSON object, nil when there is none.
func field(value any, name string) any {
	object, _ := value.(map[string]any)
	return object[name]
}

func has(list []string, want string) bool { return slices.Contains(list, want) }

// elements lists what a right side stands for: a value, a list of flags, a set
// written out, or one named "@name". It is nil for a set that is not known.
func (r *nftReader) elements(t *table, value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		name, named := strings.CutPrefix(v, "@")
		if !named {
			return []any{v}
		}
		return r.known(t, name)
	case []any:
		return unwrap(v)
	case map[string]any:
		if set, ok := v["set"]; ok {
			if name, ok := set.(string); ok {
				return r.known(t, strings.TrimPrefix(name, "@"))
			}
			list, _ := set.([]any)
			return unwrap(list)
		}
	}
	return []any{value}
}

func (r *nftReader) known(t *table, name string) []any {
	list, ok := r.sets[setKey(t.family, t.name, name)]
	if !ok {
		return nil
	}
	return unwrap(list)
}

// unwrap takes elements out of what carries their timeouts and comments. It is
// not nil.
func unwrap(list []any) []any {
	plain := make([]any, len(list))
	for i, value := range list {
		if inner := field(field(value, "elem"), "val"); inner != nil {
			value = inner
		}
		plain[i] = value
	}
	return plain
}

// words are the values as text.
func words(values []any) []string {
	var list []string
	for _, value := range values {
		switch v := value.(type) {
		case string:
			list = append(list, v)
		case float64:
			list = append(list, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return list
}

// prefixesOf are addresses, prefixes and ranges of addresses; a range is cut
// down to what it says of loopback.
func prefixesOf(values []any) ([]netip.Prefix, bool) {
	var list []netip.Prefix
	for _, value := range values {
		if text, ok := value.(string); ok {
			prefix, err := parsePrefix(text)
			if err != nil {
				return nil, false
			}
			list = append(list, prefix)
			continue
		}
		if inner := field(value, "prefix"); inner != nil {
			text, _ := field(inner, "addr").(string)
			bits, _ := field(inner, "len").(float64)
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, false
			}
			list = append(list, netip.PrefixFrom(addr, int(bits)).Masked())
			continue
		}
		if ends := words(anyList(field(value, "range"))); len(ends) == 2 {
			first, errFirst := netip.ParseAddr(ends[0])
			last, errLast := netip.ParseAddr(ends[1])
			if errFirst != nil || errLast != nil {
				return nil, false
			}
			for _, own := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
				if own.BitLen() == first.BitLen() && !own.Less(first) && !last.Less(own) {
					list = append(list, netip.PrefixFrom(own, own.BitLen()))
				}
			}
			continue
		}
		return nil, false
	}
	return list, true
}

// parsePrefix reads "127.0.0.0/8", "127.0.0.0/255.0.0.0" or an address.
func parsePrefix(text string) (netip.Prefix, error) {
	host, size, isPrefix := strings.Cut(text, "/")
	if isPrefix {
		if mask, err := netip.ParseAddr(size); err == nil {
			ones := 0
			for _, b := range mask.AsSlice() {
				for ; b&0x80 != 0; b <<= 1 {
					ones++
				}
			}
			text = host + "/" + strconv.Itoa(ones)
		}
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// spansOf are ports and ranges of ports.
func spansOf(values []any) ([]span, bool) {
	var list []span
	for _, value := range values {
		if n, ok := value.(float64); ok {
			list = append(list, span{int(n), int(n)})
			continue
		}
		ends := anyList(field(value, "range"))
		if len(ends) != 2 {
			return nil, false
		}
		first, okFirst := ends[0].(float64)
		last, okLast := ends[1].(float64)
		if !okFirst || !okLast {
			return nil, false
		}
		list = append(list, span{int(first), int(last)})
	}
	return list, true
}

func anyList(value any) []any {
	list, _ := value.([]any)
	return list
}
