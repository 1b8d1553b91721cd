package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// A rule is a list of expressions: load a value into a register, compare it,
// and at last the verdict. `nft --debug=netlink list ruleset` shows the same.

const filterRegister = unix.NFT_REG_1

// addressField is where a header has an address.
type addressField struct {
	key    string
	offset uint32 // bytes from the start of the network header
}

// In the IPv4 header (RFC 791 section 3.1) and in that of IPv6 (RFC 8200
// section 3).
var (
	fields4 = []addressField{{"saddr", 12}, {"daddr", 16}}
	fields6 = []addressField{{"saddr", 8}, {"daddr", 24}}
)

// filterRule writes a rule of a plan as expressions. Interfaces go by their
// index, as nft(8)'s iif and oif do: a rule does not follow one that is made
// again.
func (n *node) filterRule(m scenarios.FilterMatch) ([]expr.Any, error) {
	var list []expr.Any
	for _, i := range []struct {
		key  expr.MetaKey
		name string
	}{{expr.MetaKeyIIF, m.IIF}, {expr.MetaKeyOIF, m.OIF}} {
		if i.name == "" {
			continue
		}
		iface := n.iface(i.name)
		if iface == nil {
			return nil, fmt.Errorf("%s: %w", i.name, unix.ENODEV)
		}
		list = append(list, &expr.Meta{Key: i.key, Register: filterRegister}, equal(binary.NativeEndian.AppendUint32(nil, uint32(iface.index))))
	}
	for k, p := range []netip.Prefix{m.SAddr, m.DAddr} {
		if !p.IsValid() {
			continue
		}
		proto, field := byte(unix.NFPROTO_IPV4), fields4[k]
		if p.Addr().Is6() {
			proto, field = unix.NFPROTO_IPV6, fields6[k]
		}
		size := uint32(p.Addr().BitLen() / 8)
		list = append(list, &expr.Meta{Key: expr.MetaKeyNFPROTO, Register: filterRegister}, equal([]byte{proto}),
			&expr.Payload{DestRegister: filterRegister, Base: expr.PayloadBaseNetworkHeader, Offset: field.offset, Len: size})
		if !p.IsSingleIP() {
			mask := net.CIDRMask(p.Bits(), p.Addr().BitLen())
			list = append(list, &expr.Bitwise{SourceRegister: filterRegister, DestRegister: filterRegister, Len: size, Mask: mask, Xor: make([]byte, size)})
		}
		list = append(list, equal(p.Masked().Addr().AsSlice()))
	}
	return append(list, &expr.Verdict{Kind: expr.VerdictAccept}), nil
}

func equal(value []byte) *expr.Cmp {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: filterRegister, Data: value}
}

// filterMatch reads a rule back. What filterRule does not write is an error,
// so that nothing in a rule is passed over.
func (n *node) filterMatch(list []expr.Any) (scenarios.FilterMatch, error) {
	var m scenarios.FilterMatch
	r := ruleReader{node: n, m: &m}
	for _, e := range list {
		if !r.read(e) {
			return m, fmt.Errorf("the kernel has a rule with %T %+v, which is none of this lab", e, e)
		}
	}
	if !r.done {
		return m, fmt.Errorf("the kernel has a rule without verdict: %s", m)
	}
	return m, nil
}

// ruleReader keeps what is in the register: a key, and for an address its
// length and mask.
type ruleReader struct {
	node *node
	m    *scenarios.FilterMatch

	key    string // "iif", "oif", "nfproto", "saddr", "daddr"; "" after the comparison
	proto  byte   // of the last comparison of nfproto
	bits   int
	masked bool
	done   bool
}

func (r *ruleReader) read(e expr.Any) bool {
	if r.done {
		return false
	}
	switch e := e.(type) {
	case *expr.Meta:
		names := map[expr.MetaKey]string{expr.MetaKeyIIF: "iif", expr.MetaKeyOIF: "oif", expr.MetaKeyNFPROTO: "nfproto"}
		r.key, r.masked = names[e.Key], false
		return r.key != "" && !e.SourceRegister
	case *expr.Payload:
		fields := fields4
		if r.proto == unix.NFPROTO_IPV6 {
			fields = fields6
		}
		for _, f := range fields {
			if f.offset == e.Offset && e.Base == expr.PayloadBaseNetworkHeader {
				r.key, r.bits, r.masked = f.key, int(e.Len)*8, false
				return true
			}
		}
		return false
	case *expr.Bitwise:
		ones, size := net.IPMask(e.Mask).Size()
		ok := size == r.bits && !r.masked && net.IP(e.Xor).IsUnspecified()
		r.bits, r.masked = ones, true
		return ok
	case *expr.Cmp:
		return e.Op == expr.CmpOpEq && r.compare(e.Data)
	case *expr.Verdict:
		r.done = e.Kind == expr.VerdictAccept && r.key == ""
		return r.done
	}
	return false
}

func (r *ruleReader) compare(value []byte) bool {
	key := r.key
	r.key = ""
	switch {
	case (key == "iif" || key == "oif") && len(value) == 4:
		name := r.node.nameOf(int(binary.NativeEndian.Uint32(value)))
		if key == "iif" {
			r.m.IIF = name
		} else {
			r.m.OIF = name
		}
		return true
	case key == "nfproto" && len(value) == 1:
		r.proto = value[0]
		return r.proto == unix.NFPROTO_IPV4 || r.proto == unix.NFPROTO_IPV6
	case key == "saddr" || key == "daddr":
		addr, ok := netip.AddrFromSlice(value)
		p := netip.PrefixFrom(addr, r.bits)
		if key == "saddr" {
			r.m.SAddr = p
		} else {
			r.m.DAddr = p
		}
		return ok && p.IsValid() && addr.Is4() == (r.proto == unix.NFPROTO_IPV4)
	}
	return false
}
