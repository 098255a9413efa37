package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"syscall"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/port"
)

// localhost finds out which families the name resolves to.
func (d *examiner) localhost(ctx context.Context) diag.Finding {
	names, err := machine.ResolveLocalhost(ctx)
	if err != nil {
		return unclear(err.Error())
	}
	all := append(append([]netip.Addr{}, names.IPv4...), names.IPv6...)
	detail := map[string]any{"ipv4": addrTexts(names.IPv4), "ipv6": addrTexts(names.IPv6)}
	text := "resolves to " + strings.Join(addrTexts(all), " and ")
	add := ""
	if runtime.GOOS != "windows" {
		add = "echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts"
	}
	switch {
	case len(all) == 0:
		return with(fails("resolves to nothing, so nobody finds a service under this name", add), detail)
	case len(names.Foreign) > 0:
		foreign := names.Foreign[0]
		text += "; " + foreign.String() + " is not loopback, so another machine may answer" + hostsLine(foreign)
		return with(fails(text), detail)
	case len(names.IPv4) == 0:
		return with(warns(text+" alone, so a service on 127.0.0.1 is not found under this name", add), detail)
	}
	return with(fine(text), detail)
}

// hostsLine names the line of the hosts file that gives localhost an address.
func hostsLine(addr netip.Addr) string {
	lines, err := machine.ReadHosts("localhost")
	if err != nil {
		return ""
	}
	for _, line := range lines {
		if line.Addr.WithZone("") == addr {
			return fmt.Sprintf(" (line %d of the hosts file)", line.Number)
		}
	}
	return ""
}

func addrTexts(addrs []netip.Addr) []string {
	texts := []string{}
	for _, addr := range addrs {
		texts = append(texts, addr.String())
	}
	return texts
}

// try makes a connection to itself on one of the ports that devrun would choose
// from: a firewall rule may concern those alone.
func (d *examiner) try(addr netip.Addr) error {
	ctx, cancel := context.WithTimeout(context.Background(), tryLimit)
	defer cancel()
	tries := 0
	for p := range port.Candidates(d.opts.Range, d.system, "doctor") {
		err := machine.TryLoopback(ctx, netip.AddrPortFrom(addr, uint16(p)))
		var failed *machine.LoopbackError
		if tries++; tries < 20 && errors.As(err, &failed) && failed.Op == machine.OpListen && !failed.NoAddress() {
			continue // the port is taken
		}
		return err
	}
	return machine.TryLoopback(ctx, netip.AddrPortFrom(addr, 0))
}

func (d *examiner) loopbackIPv4(context.Context) diag.Finding {
	return loopbackFinding(d.try(netip.AddrFrom4([4]byte{127, 0, 0, 1})), "127.0.0.1")
}

func (d *examiner) loopbackIPv6(context.Context) diag.Finding {
	err := d.try(netip.IPv6Loopback())
	if failed, ok := errors.AsType[*machine.LoopbackError](err); ok && failed.NoAddress() {
		return with(fine("this machine has no IPv6; devrun does not need it"), map[string]any{"available": false})
	}
	return loopbackFinding(err, "::1")
}

func loopbackFinding(err error, addr string) diag.Finding {
	detail := map[string]any{"available": true, "passes": err == nil}
	if err == nil {
		return with(fine("TCP passes on "+addr), detail)
	}
	detail["error"] = err.Error()
	var remedies []string
	if runtime.GOOS == "linux" && errors.Is(err, syscall.ENETUNREACH) {
		remedies = append(remedies, "sudo ip link set lo up")
	} else {
		for _, listing := range machine.RuleListings(addr == "::1") {
			remedies = append(remedies, strings.TrimSpace(diag.Elevate()+" "+listing))
		}
	}
	remedies = append(remedies, "devrun explain "+string(diag.CodeLoopbackBlocked))
	return with(fails("TCP does not pass: "+err.Error(), remedies...), detail)
}

// ports compares the ports that the system uses by itself with ours.
func (d *examiner) ports(context.Context) diag.Finding {
	ours, sys := d.opts.Range, d.system
	detail := map[string]any{"range": ours.String(), "ephemeral": sys.Ephemeral.String()}
	if d.sysErr != nil {
		return with(unclear("the system's ranges cannot be read: "+oneLine(d.sysErr)), detail)
	}
	var reserved []string
	for _, r := range sys.Reserved {
		reserved = append(reserved, r.String())
	}
	detail["reserved"] = append([]string{}, reserved...)
	safe, usable := 0, 0
	for p := ours.First; p <= ours.Last; p++ {
		if sys.IsReserved(p) {
			continue
		}
		usable++
		if !sys.Ephemeral.Contains(p) {
			safe++
		}
	}
	detail["safe"] = safe
	switch {
	case usable == 0:
		return with(fails(fmt.Sprintf("all of %s is reserved by the system, so no port can be chosen", ours),
			"devrun --port-range 20000-29999 -- …"), detail)
	case safe > 0:
		return with(fine(fmt.Sprintf("%d ports of %s are safe from outgoing connections, which use %s", safe, ours, sys.Ephemeral)), detail)
	case runtime.GOOS == "linux":
		return with(warns(fmt.Sprintf("outgoing connections get %s, so any port of ours may be taken while it is not held", sys.Ephemeral),
			"sudo sysctl net.ipv4.ip_local_port_range='32768 60999'"), detail)
	}
	return with(fine(fmt.Sprintf("outgoing connections get %s, as on every %s: a port may be taken while it is not held", sys.Ephemeral, runtime.GOOS)), detail)
}

// oneLine returns the text of an error, which may join several, as one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
