package why

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/launcher/internal/port"
)

// target is the subject of a question: a port, a range of ports, or a service.
type target struct {
	text    string
	port    int        // 0 for a range or a service
	within  port.Range // of a range
	host    netip.Addr // given with the port; invalid for none, and for localhost
	path    string     // of a URL, to be requested; empty for none
	service string     // "api" or "shop/api"
}

// QuestionError is the error for a question that Ask cannot answer.
type QuestionError struct {
	Message string
	Try     string // a line that would work; may be empty
}

func (e *QuestionError) Error() string { return e.Message }

// parseTarget reads PORT, :PORT, FIRST-LAST, HOST:PORT, a URL or the name of a
// service. Its error is a *QuestionError.
func parseTarget(ctx context.Context, text string) (target, error) {
	t := target{text: text}
	digits := strings.TrimPrefix(text, ":")
	first, last, span := strings.Cut(digits, "-")
	host, number, errSplit := net.SplitHostPort(text)
	switch {
	case text == "":
		return t, &QuestionError{Message: "the name is empty", Try: "devrun why 3000"}
	case strings.Contains(text, "://"):
		return t.parseURL(ctx)
	case isNumber(digits):
		return t.withPort(digits)
	case span && isNumber(first) && isNumber(last):
		within, err := port.ParseRange(digits)
		if err != nil {
			return t, &QuestionError{Message: err.Error(), Try: "devrun why 3000-3999"}
		}
		if t.within = within; within.Len() == 1 {
			t.port, t.within = within.First, port.Range{}
		}
		return t, nil
	case errSplit == nil && isNumber(number):
		var err error
		if t.host, err = ownAddress(ctx, host); err != nil {
			return t, err
		}
		return t.withPort(number)
	}
	t.service = text
	return t, nil
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (t target) withPort(digits string) (target, error) {
	number, err := strconv.Atoi(digits)
	if err != nil || number < 1 || number > 65535 {
		return t, &QuestionError{Message: "port " + digits + ": ports are 1 to 65535", Try: "devrun why 3000"}
	}
	t.port = number
	return t, nil
}

// parseURL reads http://HOST:PORT/PATH, or the same with https.
func (t target) parseURL(ctx context.Context) (target, error) {
	u, err := url.Parse(t.text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return t, &QuestionError{Message: fmt.Sprintf("%q: want a URL that begins with http:// or https://", t.text), Try: "devrun why http://127.0.0.1:3000/"}
	}
	if t.host, err = ownAddress(ctx, u.Hostname()); err != nil {
		return t, err
	}
	t.path = u.RequestURI()
	if u.Scheme == "https" {
		return t.withPort(cmp.Or(u.Port(), "443"))
	}
	return t.withPort(cmp.Or(u.Port(), "80"))
}

// lookupTime bounds the question for the address of a name.
const lookupTime = 2 * time.Second

// ownAddress returns the address of this machine that host means, an invalid one
// for localhost and for no host, which mean either family. Its error is a *QuestionError
// for a host that is another machine.
func ownAddress(ctx context.Context, host string) (netip.Addr, error) {
	if host == "" || host == "*" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return netip.Addr{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	candidates := []netip.Addr{}
	if addr, err := netip.ParseAddr(host); err == nil {
		candidates = append(candidates, addr.Unmap().WithZone(""))
	} else if found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host); err == nil {
		for _, addr := range found {
			candidates = append(candidates, addr.Unmap().WithZone(""))
		}
	}
	own := interfaceAddresses()
	for _, addr := range candidates {
		if addr.IsLoopback() || addr.IsUnspecified() || slices.Contains(own, addr) {
			return addr, nil
		}
	}
	return netip.Addr{}, &QuestionError{Message: host + " is not this machine, and why looks at the ports of this one", Try: "devrun why 127.0.0.1:3000"}
}

func interfaceAddresses() []netip.Addr {
	var own []netip.Addr
	addrs, _ := net.InterfaceAddrs() // without them only loopback is accepted
	for _, addr := range addrs {
		if prefix, err := netip.ParsePrefix(addr.String()); err == nil {
			own = append(own, prefix.Addr().Unmap())
		}
	}
	return own
}
