package scenarios

import (
	"slices"
	"strconv"
	"strings"

	"netverify/recording"
)

// AttributeType is how the kernel writes the value of an attribute.
type AttributeType uint8

// The types. Values in the machine's byte order, but for BE16 and MAC.
const (
	AttrOther AttributeType = iota // no single number: nested, a list, a structure
	AttrU8
	AttrU16
	AttrBE16
	AttrU32
	AttrU64
	AttrI32
	AttrMAC
)

// Attribute is an attribute of the kernel's interface for links
// (linux/if_link.h, linux/if_bridge.h, linux/veth.h).
type Attribute struct {
	Name    string // "IFLA_BRPORT_PRIORITY"
	Number  int    // in its enum
	Of      string // what has it: "bridge", "bridge port", "macvlan", ...
	Type    AttributeType
	Told    bool    // the kernel reports it
	Since   Version // the first Linux with it; the zero Version: older than the oldest that is tested
	By      string  // the commit that brought it, as of Arrival
	Key     string  // the language's key for it, "" for none
	Without string  // why it has no key of its own, or what stands in; "" where Key says enough
}

// Settable tells whether `attributes` can give it a value.
func (a *Attribute) Settable() bool { return a.Type != AttrOther && !strings.HasPrefix(a.Key, "vlan_") }

// AttributeNamed finds an attribute by its name in the kernel's headers.
func AttributeNamed(name string) (Attribute, bool) {
	i := slices.IndexFunc(Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return Attribute{}, false
	}
	return Attributes[i], true
}

// AttributeValue is one attribute that is to be set.
type AttributeValue struct {
	Pos
	Attribute
	Value uint64         // of a number
	Ref   *recording.Ref // instead: the index of this interface
	MAC   string         // of AttrMAC
}

// attributes reads `attributes:` of something that may be one of several
// kinds ("bridge", "bridge port").
func (r *resolver) attributes(t table[text], node string, kinds ...string) (list []AttributeValue) {
	for _, e := range t.Entries {
		a, ok := AttributeNamed(e.Key.S)
		switch {
		case !ok:
			r.at(e.Key.node, "there is no attribute %q%s", e.Key.S, oneOf(e.Key.S, attributeNames()))
			continue
		case !a.Settable():
			r.at(e.Key.node, "%s is no number, and cannot be set by attributes; see docs/attributes.md", a.Name)
			continue
		case !slices.Contains(kinds, a.Of):
			r.at(e.Key.node, "%s is of a %s; this is a %s", a.Name, a.Of, strings.Join(kinds, " and a "))
			continue
		case !e.Value.set():
			continue
		}
		v := AttributeValue{Pos: e.Key.pos(), Attribute: a}
		if r.attributeValue(&v, e.Value, node) {
			list = append(list, v)
		}
	}
	return list
}

func (r *resolver) attributeValue(v *AttributeValue, t text, node string) bool {
	if v.Type == AttrMAC {
		v.MAC = t.S
		_, ok := r.anyMAC(t)
		return ok
	}
	if name, isRef := strings.CutPrefix(t.S, "@"); isRef {
		ref, ok := r.ref(text{t.loc, name})
		if ok && ref.Node != node {
			r.at(t.node, "%s is in another node: its index means nothing in %s", ref, node)
			return false
		}
		v.Ref = &ref
		return ok
	}
	bits := map[AttributeType]int{AttrU8: 8, AttrU16: 16, AttrBE16: 16, AttrU32: 32, AttrU64: 64, AttrI32: 32}[v.Type]
	n, err := strconv.ParseUint(t.S, 0, bits)
	if v.Type == AttrI32 {
		var signed int64
		signed, err = strconv.ParseInt(t.S, 0, bits)
		n = uint64(uint32(int32(signed)))
	}
	if err != nil {
		r.at(t.node, "%s: %q is not a number of %d bits, nor @node:interface for an index", v.Name, t.S, bits)
	}
	v.Value = n
	return err == nil
}

func attributeNames() (names []string) {
	for i := range Attributes {
		if Attributes[i].Settable() {
			names = append(names, Attributes[i].Name)
		}
	}
	return names
}

// attributeKinds says whose attributes an interface has.
func attributeKinds(i *Interface) (kinds []string) {
	switch i.Kind {
	case Macvtap:
		kinds = []string{string(Macvlan)}
	default:
		kinds = []string{string(i.Kind)}
	}
	if i.Port != nil {
		kinds = append(kinds, "bridge port")
	}
	return kinds
}
