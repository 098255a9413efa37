package runs

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
)

// Place is where a service is reached. A URL is made from it when it is shown.
type Place struct {
	Addr netip.AddrPort `json:"address,omitzero"` // invalid until reserved, and for a worker
	Host string         `json:"host,omitempty"`   // the name for Addr in the URL; empty: the address itself
	// Scheme is that of the URL; empty is http.
	Scheme string `json:"scheme,omitempty"`
}

// Port returns the port; 0 until it is reserved, and for a worker.
func (p Place) Port() int { return int(p.Addr.Port()) }

// URL returns what a person opens, and "" for an invalid Addr.
func (p Place) URL() string {
	if !p.Addr.IsValid() {
		return ""
	}
	host := p.Addr.String()
	if p.Host != "" {
		host = net.JoinHostPort(p.Host, strconv.Itoa(p.Port()))
	}
	return cmp.Or(p.Scheme, "http") + "://" + host
}
