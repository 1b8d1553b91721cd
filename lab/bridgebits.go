package lab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// iflaBrMultiBoolopt is IFLA_BR_MULTI_BOOLOPT: struct br_boolopt_multi, the
// values of bits and which of them are meant.
const (
	iflaBrMultiBoolopt   = 46
	sizeofBrBooloptMulti = 8
)

// bridgeBit is an option of a bridge that is a bit there. Of one that they do not
// know older kernels take any value without a word, younger ones refuse it
// (net/bridge/br.c:br_boolopt_multi_toggle).
type bridgeBit struct {
	key       string // of StateKeys
	attribute string // of scenarios.Attributes, whose number is that of the bit
	of        func(*scenarios.Bridge) *bool
}

var bridgeBits = []bridgeBit{
	{"no_linklocal_learn", "BR_BOOLOPT_NO_LL_LEARN", func(b *scenarios.Bridge) *bool { return b.NoLinkLocalLearn }},
	{"mcast_vlan_snooping", "BR_BOOLOPT_MCAST_VLAN_SNOOPING", func(b *scenarios.Bridge) *bool { return b.McastVLANSnooping }},
	{"mst_enabled", "BR_BOOLOPT_MST_ENABLE", func(b *scenarios.Bridge) *bool { return b.MSTEnabled }},
	{"fdb_local_vlan_0", "BR_BOOLOPT_FDB_LOCAL_VLAN_0", func(b *scenarios.Bridge) *bool { return b.FDBLocalVLAN0 }},
}

func (o *bridgeBit) bit() uint32 {
	a, _ := scenarios.AttributeNamed(o.attribute)
	return 1 << a.Number
}

// bridgeBitData is the attribute with those bits that a scenario asks for.
func bridgeBitData(b *scenarios.Bridge) []*nl.RtAttr {
	var value, mask uint32
	for k := range bridgeBits {
		o := &bridgeBits[k]
		if v := o.of(b); v != nil {
			mask |= o.bit()
			value |= uint32(b2u8(*v)) * o.bit()
		}
	}
	if mask == 0 {
		return nil
	}
	return []*nl.RtAttr{attr(iflaBrMultiBoolopt, append(nl.Uint32Attr(value), nl.Uint32Attr(mask)...))}
}

func bridgeBitWants(b *scenarios.Bridge) (w []want) {
	for k := range bridgeBits {
		if v := bridgeBits[k].of(b); v != nil {
			w = append(w, want{bridgeBits[k].key, strconv.FormatBool(*v)})
		}
	}
	return w
}

// value reads the bit; a kernel tells those that it knows.
func (o *bridgeBit) value(l *link) (string, bool) {
	b := l.data[iflaBrMultiBoolopt]
	if l.kind != "bridge" || len(b) < sizeofBrBooloptMulti {
		return "", false
	}
	a := attrs{0: b[:4], 1: b[4:]}
	return strconv.FormatBool(a.u32(0)&o.bit() != 0), a.u32(1)&o.bit() != 0
}

// bitOf is what a kernel lacks that does not tell the bit of a key; nil of other keys.
func bitOf(key string) *scenarios.Feature {
	for k := range bridgeBits {
		if bridgeBits[k].key == key {
			a, _ := scenarios.AttributeNamed(bridgeBits[k].attribute)
			f := a.Feature()
			return &f
		}
	}
	return nil
}

// unknownBit makes an *Unsupported of the refusal of a bit that the kernel does
// not know, which it names by its number in the text beside EINVAL.
func unknownBit(err error) error {
	if err == nil || !errors.Is(err, unix.EINVAL) {
		return err
	}
	for k := range bridgeBits {
		a, _ := scenarios.AttributeNamed(bridgeBits[k].attribute)
		if strings.HasSuffix(err.Error(), fmt.Sprintf("Unknown boolean option %d", a.Number)) {
			return &Unsupported{a.Feature(), err}
		}
	}
	return err
}
