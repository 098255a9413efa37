package port

import (
	"slices"
	"strings"
)

// System describes how the kernel uses ports on its own.
type System struct {
	Ephemeral Range   // given to outgoing connections and to bind(0)
	Reserved  []Range // by the administrator or by the system
}

// linuxEphemeral is Linux's default net.ipv4.ip_local_port_range
// (Documentation/networking/ip-sysctl.rst).
func linuxEphemeral() Range { return Range{First: 32768, Last: 60999} }

// IsReserved reports whether p is one of the reserved ports.
func (s System) IsReserved(p int) bool {
	return slices.ContainsFunc(s.Reserved, func(r Range) bool { return r.Contains(p) })
}

// ParsePortList reads the kernel's form of a port list, "8080,9148-9150\n", as
// in net.ipv4.ip_local_reserved_ports. An empty list gives none. Port 0, which
// the kernel accepts there, is left out. The error is a *RangeError.
func ParsePortList(s string) ([]Range, error) {
	var list []Range
	for item := range strings.SplitSeq(strings.TrimSpace(s), ",") {
		item = strings.TrimSpace(item)
		switch {
		case item == "" && strings.TrimSpace(s) == "", item == "0":
			continue
		case strings.HasPrefix(item, "0-"):
			item = "1-" + item[len("0-"):]
		}
		r, err := ParseRange(item)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// parseLocalRange reads net.ipv4.ip_local_port_range, "32768\t60999\n".
func parseLocalRange(s string) (Range, error) {
	fields := strings.Fields(s)
	if len(fields) != 2 {
		return Range{}, &RangeError{Input: s, Rule: "want two ports"}
	}
	return ParseRange(fields[0] + "-" + fields[1])
}
