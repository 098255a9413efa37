package machine

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Localhost holds the addresses of a name that should mean this machine.
type Localhost struct {
	IPv4, IPv6 []netip.Addr
	Foreign    []netip.Addr // addresses of either family that are not loopback
}

// ResolveLocalhost asks the system's resolver for localhost. It is not an error
// if there is no address.
func ResolveLocalhost(ctx context.Context) (Localhost, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", "localhost")
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return Localhost{}, nil
	}
	if err != nil {
		return Localhost{}, err
	}
	return sortAddrs(addrs), nil
}

func sortAddrs(addrs []netip.Addr) Localhost {
	var l Localhost
	for _, addr := range addrs {
		addr = addr.Unmap().WithZone("")
		family := &l.IPv6
		if addr.Is4() {
			family = &l.IPv4
		}
		if slices.Contains(*family, addr) {
			continue
		}
		*family = append(*family, addr)
		if !addr.IsLoopback() {
			l.Foreign = append(l.Foreign, addr)
		}
	}
	return l
}

// HostsLine is an entry of the hosts file.
type HostsLine struct {
	Number int // from 1
	Addr   netip.Addr
}

// ReadHosts returns the lines of the hosts file that give name an address.
func ReadHosts(name string) ([]HostsLine, error) {
	text, err := os.ReadFile(hostsFile)
	if err != nil {
		return nil, err
	}
	return parseHosts(string(text), name), nil
}

// parseHosts reads hosts(5). It skips lines that it does not understand, as
// resolvers do.
func parseHosts(text, name string) []HostsLine {
	var lines []HostsLine
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil || !slices.ContainsFunc(fields[1:], func(f string) bool { return strings.EqualFold(f, name) }) {
			continue
		}
		lines = append(lines, HostsLine{Number: number, Addr: addr})
	}
	return lines
}
