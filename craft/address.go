package craft

import (
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"netverify/recording"
)

var broadcastMAC = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// refName returns "node:interface" of "@node:interface", and whether s is
// written as a reference at all.
func refName(s string) (name string, ok bool) {
	name, ok = strings.CutPrefix(s, "@")
	return name, ok
}

func validRef(name string) bool {
	_, ok := recording.ParseRef(name)
	return ok && !strings.ContainsAny(name, "@ \t\r\n/")
}

// Refs returns the "node:interface" names, without '@', that s refers to:
// the keys that Build looks up in its Bindings. Each comes once, in the order
// of the fields.
func (s *Spec) Refs() []string {
	var refs []string
	if s != nil {
		walkStrings(reflect.ValueOf(*s), func(v string) {
			if name, ok := refName(v); ok && validRef(name) && !slices.Contains(refs, name) {
				refs = append(refs, name)
			}
		})
	}
	return refs
}

// walkStrings calls f for every string in v but those of a Payload, where an
// '@' is only a letter.
func walkStrings(v reflect.Value, f func(string)) {
	switch v.Kind() {
	case reflect.String:
		f(v.String())
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem() != reflect.TypeFor[Payload]() {
			walkStrings(v.Elem(), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walkStrings(v.Field(i), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkStrings(v.Index(i), f)
		}
	}
}

// binding looks up the interface that the reference s names.
func (c *composer) binding(path, s string) (recording.Binding, bool) {
	name, _ := refName(s)
	if !validRef(name) {
		c.errorf(path, "%q is not of the form @node:interface", s)
		return recording.Binding{}, false
	}
	b, ok := c.lookup(name)
	if !ok {
		c.errorf(path, "there is no interface %s", name)
	}
	return b, ok
}

// mac resolves a MAC: a literal, "broadcast" or a reference. It returns nil
// for "" and where it has reported an error.
func (c *composer) mac(path, s string) net.HardwareAddr {
	if s == "" {
		return nil
	}
	if s == "broadcast" {
		return slices.Clone(broadcastMAC)
	}
	if _, ok := refName(s); ok {
		if b, ok := c.binding(path, s); ok {
			return b.MAC[:]
		}
		return nil
	}
	mac, err := net.ParseMAC(s)
	if err != nil || len(mac) != 6 {
		c.errorf(path, "%q is not a MAC address, broadcast or @node:interface", s)
		return nil
	}
	return mac
}

// macOfRef returns the MAC of the interface that s names, or nil if s is no
// reference. It reports nothing: the caller has resolved s for another field.
func (c *composer) macOfRef(s string) net.HardwareAddr {
	name, ok := refName(s)
	if !ok || !validRef(name) {
		return nil
	}
	if b, ok := c.lookup(name); ok {
		return b.MAC[:]
	}
	return nil
}

// ip4 resolves an IPv4 address; the zero Addr for "" and after an error.
func (c *composer) ip4(path, s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	if s == "broadcast" {
		return netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	if _, ok := refName(s); ok {
		b, ok := c.binding(path, s)
		if ok && !b.IPv4.Is4() {
			c.errorf(path, "%s has no IPv4 address", s[1:])
			return netip.Addr{}
		}
		return b.IPv4
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		c.errorf(path, "%q is not an IPv4 address or @node:interface", s)
		return netip.Addr{}
	}
	return a
}

// ip6 resolves an IPv6 address; the zero Addr for "" and after an error.
func (c *composer) ip6(path, s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	if _, ok := refName(s); ok {
		b, ok := c.binding(path, s)
		if ok && !b.IPv6.Is6() {
			c.errorf(path, "%s has no IPv6 address", s[1:])
			return netip.Addr{}
		}
		return b.IPv6.WithZone("")
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Zone() != "" {
		c.errorf(path, "%q is not an IPv6 address or @node:interface", s)
		return netip.Addr{}
	}
	return a
}

// groupMAC returns the MAC that a multicast or broadcast address is sent to
// (RFC 1112 section 6.4, RFC 2464 section 7), or nil for a unicast address.
func groupMAC(a netip.Addr) net.HardwareAddr {
	switch {
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return slices.Clone(broadcastMAC)
	case a.Is4() && a.IsMulticast():
		b := a.As4()
		return net.HardwareAddr{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	case a.Is6() && a.IsMulticast():
		b := a.As16()
		return net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}
	}
	return nil
}

// solicitedNode returns the solicited-node group of a (RFC 4291 section 2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0xff, 0x02, 11: 0x01, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
}
