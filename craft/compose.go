package craft

import (
	"errors"
	"fmt"
	"net"

	"github.com/google/gopacket"

	"netverify/frame"
	"netverify/recording"
)

// etherTypeExperimental is IEEE Std 802 local experimental ethertype 1.
const etherTypeExperimental = 0x88b5

// Validate returns all that is wrong with s whatever its references stand
// for, in a fixed order; each error is an *Error. Where it returns
// nothing, Build fails only for want of a binding or of an address in it.
func (s *Spec) Validate() []error {
	standIn := recording.Binding{MAC: standInMAC, IPv4: standInIPv4, IPv6: standInIPv6}
	_, errs := compose(s, func(string) (recording.Binding, bool) { return standIn, true }, frame.Tag{}, [8]byte{})
	return errs
}

// Build returns the bytes of the frame that s describes, from the destination
// MAC on and without FCS, with the tag of the run in it unless s says
// otherwise. The error joins (errors.Join) every *Error that was found.
func Build(s *Spec, b recording.Bindings, tag frame.Tag, nonce [8]byte) ([]byte, error) {
	lookup := func(name string) (recording.Binding, bool) { v, ok := b[name]; return v, ok }
	out, errs := compose(s, lookup, tag, nonce)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return out, nil
}

// composer turns one Spec into layers and collects what is wrong with it.
type composer struct {
	spec   *Spec
	lookup func(name string) (recording.Binding, bool)
	errs   []*Error

	parts []part // outermost first

	src, dst               net.HardwareAddr // of the Ethernet header; nil: not known yet
	impliedSrc, impliedDst net.HardwareAddr // what the layers above would have them be
	etherType              int              // of what the frame carries
	noRoom                 bool             // the innermost protocol has no room for data
	network                gopacket.NetworkLayer
}

// part is a layer and how it is to be serialized.
type part struct {
	path  string
	layer gopacket.SerializableLayer
	opts  gopacket.SerializeOptions
}

// errorf reports an error once, however many fields are made from the one
// that is wrong.
func (c *composer) errorf(path, format string, args ...any) {
	e := Error{Path: path, Msg: fmt.Sprintf(format, args...)}
	for _, err := range c.errs {
		if *err == e {
			return
		}
	}
	c.errs = append(c.errs, &e)
}

// add appends a layer; computed says that gopacket is to fill in its checksum.
func (c *composer) errors() (list []error) {
	for _, err := range c.errs {
		list = append(list, err)
	}
	return list
}

func (c *composer) add(path string, l gopacket.SerializableLayer, computed bool) {
	c.parts = append(c.parts, part{path, l, gopacket.SerializeOptions{ComputeChecksums: computed}})
}

func compose(s *Spec, lookup func(string) (recording.Binding, bool), tag frame.Tag, nonce [8]byte) ([]byte, []error) {
	c := &composer{spec: s, lookup: lookup}
	if s == nil || s.empty() {
		c.errorf("", "the frame is empty: write eth, arp, ip, ipv6 or hex")
		return nil, c.errors()
	}
	if s.Hex != "" {
		if !s.hexOnly() {
			c.errorf("hex", "stands alone: it is the whole frame")
		}
		data := c.hexBytes("hex", s.Hex)
		return data, c.errors()
	}
	c.exclusive()
	c.addresses()
	c.networkLayer()
	c.implyAddresses()
	c.transportLayer()
	data, trailer := c.data(tag, nonce)
	out := c.serialize(data)
	whole := c.finish(out, trailer)
	return whole, c.errors()
}

// exclusive reports layers that cannot stand beside each other.
func (c *composer) exclusive() {
	s := c.spec
	one := func(msg string, names []named) {
		first := ""
		for _, n := range names {
			switch {
			case n.value == 0:
			case first == "":
				first = n.name
			default:
				c.errorf(n.name, msg, first)
			}
		}
	}
	one("cannot stand beside %s in one frame", []named{
		{"arp", bit(s.ARP != nil)}, {"ip", bit(s.IP != nil)}, {"ipv6", bit(s.IPv6 != nil)},
		{"llc", bit(s.LLC != nil || s.STP != nil)},
	})
	one("cannot stand beside %s in one frame", []named{
		{"icmp", bit(s.ICMP != nil)}, {"icmpv6", bit(s.ICMPv6 != nil)}, {"udp", bit(s.UDP != nil)},
	})
	if s.IP == nil && s.IPv6 == nil {
		for _, n := range []named{{"icmp", bit(s.ICMP != nil)}, {"icmpv6", bit(s.ICMPv6 != nil)}, {"udp", bit(s.UDP != nil)}} {
			if n.value != 0 {
				c.errorf(n.name, "needs ip or ipv6 around it")
			}
		}
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// networkLayer adds the layer that follows the Ethernet header and its tags.
func (c *composer) networkLayer() {
	s := c.spec
	c.etherType = etherTypeExperimental
	switch {
	case s.ARP != nil:
		c.arp(s.ARP)
	case s.IP != nil:
		c.ip(s.IP)
	case s.IPv6 != nil:
		c.ipv6(s.IPv6)
	case s.STP != nil:
		c.impliedDst = net.HardwareAddr{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00}
	}
}

// transportLayer adds the layer inside; it knows the MACs of the frame.
func (c *composer) transportLayer() {
	s := c.spec
	switch {
	case s.STP != nil:
		c.stp(s.STP)
	case s.LLC != nil:
		c.llc(s.LLC)
	case c.network == nil:
	case s.ICMP != nil:
		c.icmp(s.ICMP)
	case s.ICMPv6 != nil:
		c.icmpv6(s.ICMPv6)
	case s.UDP != nil:
		c.udp(s.UDP)
	}
}

// serialize writes the layers from the innermost to the outermost. Lengths
// that are computed are set when what they count has been written.
func (c *composer) serialize(data []byte) []byte {
	if len(c.errs) > 0 {
		c.link(0) // for its errors
		return nil
	}
	b := gopacket.NewSerializeBufferExpectedSize(128, len(data))
	inner := []part{{"payload", gopacket.Payload(data), gopacket.SerializeOptions{}}}
	for _, p := range append(inner, reversed(c.parts)...) {
		c.setLength(p.layer, len(b.Bytes()))
		if err := p.layer.SerializeTo(b, p.opts); err != nil {
			c.errorf(p.path, "%v", err)
			return nil
		}
		nonzeroChecksum(p, b.Bytes())
	}
	for _, p := range reversed(c.link(len(b.Bytes()))) {
		n := len(b.Bytes())
		if err := p.layer.SerializeTo(b, p.opts); err != nil {
			c.errorf(p.path, "%v", err)
			return nil
		}
		if p.path == "eth" { // gopacket's Ethernet pads to 60 bytes, asked or not
			return b.Bytes()[:n+14]
		}
	}
	return nil
}

func reversed(ps []part) []part {
	out := make([]part, 0, len(ps))
	for i := len(ps) - 1; i >= 0; i-- {
		out = append(out, ps[i])
	}
	return out
}

// finish adds trailer and padding and cuts.
func (c *composer) finish(out, trailer []byte) []byte {
	pad := c.num("pad", c.spec.Pad, 0, 0, maxData)
	cut := c.num("cut", c.spec.Cut, 0, 1, maxData)
	if len(c.errs) > 0 {
		return nil
	}
	out = append(out, trailer...)
	if n := pad - len(out); n > 0 {
		out = append(out, make([]byte, n)...)
	}
	if cut > 0 && cut < len(out) {
		out = out[:cut]
	}
	return out
}
