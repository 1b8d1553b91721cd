package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// portAttribute is what the attributes of bridge ports are of.
const portAttribute = "bridge port"

// attributeData makes the attributes of one kind ("macvlan", "bridge port") out
// of those that a scenario gives by name. A macvtap has those of macvlan.
func (l *Lab) attributeData(list []scenarios.AttributeValue, of string) (data []*nl.RtAttr, err error) {
	if of == string(scenarios.Macvtap) {
		of = string(scenarios.Macvlan)
	}
	for k := range list {
		v := &list[k]
		if v.Of != of {
			continue
		}
		b, err := l.attributeBytes(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		data = append(data, attr(v.Number, b))
	}
	return data, nil
}

func (l *Lab) attributeBytes(v *scenarios.AttributeValue) ([]byte, error) {
	n := v.Value
	if v.Ref != nil {
		i, err := l.need(*v.Ref)
		if err != nil {
			return nil, err
		}
		n = uint64(i.index)
	}
	switch v.Type {
	case scenarios.AttrU8:
		return []byte{uint8(n)}, nil
	case scenarios.AttrU16:
		return nl.Uint16Attr(uint16(n)), nil
	case scenarios.AttrBE16:
		return nl.BEUint16Attr(uint16(n)), nil
	case scenarios.AttrU32, scenarios.AttrI32:
		return nl.Uint32Attr(uint32(n)), nil
	case scenarios.AttrU64:
		return nl.Uint64Attr(n), nil
	case scenarios.AttrMAC:
		return net.ParseMAC(v.MAC)
	}
	return nil, fmt.Errorf("it is no single value: %w", unix.EINVAL)
}

// attributeWants is what must be read back of them.
func (l *Lab) attributeWants(list []scenarios.AttributeValue) (w []want) {
	for k := range list {
		v := &list[k]
		if !v.Told {
			continue
		}
		if b, err := l.attributeBytes(v); err == nil {
			w = append(w, want{attributeKey + v.Name, attributeWord(v.Type, b)})
		}
	}
	return w
}

// attributeKey is how the state keys of attributes begin.
const attributeKey = "attribute."

// notToldAs0 are indexes: the kernel leaves them out where there is nothing that
// they name (net/bridge/br_netlink.c:br_port_fill_attrs,
// drivers/net/bonding/bond_netlink.c:bond_fill_info).
var notToldAs0 = map[string]bool{
	attributeKey + "IFLA_BRPORT_BACKUP_PORT": true, attributeKey + "IFLA_BRPORT_BACKUP_NHID": true,
	attributeKey + "IFLA_BOND_ACTIVE_SLAVE": true, attributeKey + "IFLA_BOND_PRIMARY": true,
}

// attributeOf is the attribute that a state key names, nil of other keys.
func attributeOf(key string) *scenarios.Attribute {
	name, found := strings.CutPrefix(key, attributeKey)
	a, ok := scenarios.AttributeNamed(name)
	if !found || !ok {
		return nil
	}
	return &a
}

// attribute reads an attribute of an interface's kind, or of it as a port.
func (l *link) attribute(a *scenarios.Attribute) (string, bool) {
	from := l.data
	switch {
	case a.Of == portAttribute && l.slave == "bridge", a.Of == "bond member" && l.slave == "bond":
		from = l.port
	case a.Of != l.kind && (a.Of != string(scenarios.Macvlan) || !l.isMacvlan()):
		return "", false
	}
	b, ok := from[a.Number]
	if !ok {
		return "", false
	}
	return attributeWord(a.Type, b), true
}

// attributeWord writes the value of an attribute; one that is longer or shorter
// than its type is written as bytes.
func attributeWord(t scenarios.AttributeType, b []byte) string {
	switch {
	case t == scenarios.AttrU8 && len(b) == 1:
		return strconv.Itoa(int(b[0]))
	case t == scenarios.AttrU16 && len(b) == 2:
		return fmt.Sprint(binary.NativeEndian.Uint16(b))
	case t == scenarios.AttrBE16 && len(b) == 2:
		return fmt.Sprint(binary.BigEndian.Uint16(b))
	case t == scenarios.AttrU32 && len(b) == 4:
		return fmt.Sprint(binary.NativeEndian.Uint32(b))
	case t == scenarios.AttrI32 && len(b) == 4:
		return fmt.Sprint(int32(binary.NativeEndian.Uint32(b)))
	case t == scenarios.AttrU64 && len(b) == 8:
		return fmt.Sprint(binary.NativeEndian.Uint64(b))
	case t == scenarios.AttrMAC && len(b) == 6:
		return macString(b)
	}
	return fmt.Sprintf("%x", b)
}

// setAttributes changes attributes of the interface's kind, and then those of
// it as a port, and reads them back.
func (i *iface) setAttributes(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	if len(s.Attributes) == 0 {
		return nil
	}
	data, err := i.node.lab.attributeData(s.Attributes, string(i.spec.Kind))
	if err == nil && len(data) > 0 {
		err = i.node.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
			attr(nl.IFLA_INFO_KIND, []byte(i.spec.Kind)), nest(nl.IFLA_INFO_DATA, data...)))
	}
	if err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" "+attributeNames(s.Attributes), err)
	}
	if err := i.setPortAttributes(s.Attributes, pos); err != nil {
		return err
	}
	return i.readBack(pos, s.Judged, i.node.lab.attributeWants(s.Attributes)...)
}

func (i *iface) setPortAttributes(list []scenarios.AttributeValue, pos scenarios.Pos) error {
	data, err := i.node.lab.attributeData(list, portAttribute)
	if err == nil && len(data) > 0 {
		err = i.changePort(data...)
	}
	return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" "+attributeNames(list), err)
}

func attributeNames(list []scenarios.AttributeValue) string {
	names := make([]string, len(list))
	for k := range list {
		names[k] = list[k].Name
	}
	return strings.Join(names, ", ")
}

// flagWords are the flags that say what an interface is, as ip-link(8) names
// them.
func (l *link) flagWords() string {
	var words []string
	for _, f := range []struct {
		bit  uint32
		word string
	}{
		{unix.IFF_BROADCAST, "BROADCAST"}, {unix.IFF_LOOPBACK, "LOOPBACK"}, {unix.IFF_MASTER, "MASTER"}, {unix.IFF_MULTICAST, "MULTICAST"},
		{unix.IFF_NOARP, "NOARP"}, {unix.IFF_POINTOPOINT, "POINTOPOINT"}, {unix.IFF_SLAVE, "SLAVE"},
	} {
		if l.flags&f.bit != 0 {
			words = append(words, f.word)
		}
	}
	return strings.Join(words, ",")
}

// macType says what sort of address a MAC is (IEEE Std 802-2014 section 8.2).
func (l *link) macType() string {
	switch {
	case strings.Trim(l.mac.String(), "0:") == "":
		return "zero"
	case l.mac[0]&1 != 0:
		return "multicast"
	case l.mac[0]&2 != 0:
		return "unicast local"
	}
	return "unicast universal"
}
