package lab

import (
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Attributes that netlink's package nl does not know.
const (
	iflaMacvlanBCCutoff = 9 // IFLA_MACVLAN_BC_CUTOFF, linux/if_link.h since 6.4
	macvlanNoPromisc    = 1 // MACVLAN_FLAG_NOPROMISC
	macvlanNoDst        = 2 // MACVLAN_FLAG_NODST
	macvlanAddrSet      = 3 // enum macvlan_macaddr_mode: ADD 0, DEL 1, FLUSH 2, SET 3
)

// The words of ip-link(8) and their numbers.
var (
	macvlanModes = map[string]uint32{"private": 1, "vepa": 2, "bridge": 4, "passthru": 8, "source": 16}
	ipvlanModes  = map[string]uint16{"l2": 0, "l3": 1, "l3s": 2}
	ipvlanFlags  = map[string]uint16{"bridge": 0, "private": 1, "vepa": 2}
	bondModes    = []string{"balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}
	vlanProtos   = map[string]uint16{"802.1Q": unix.ETH_P_8021Q, "802.1ad": unix.ETH_P_8021AD}
)

// wordOf finds the word of a number in one of the maps above.
func wordOf[N comparable](words map[string]N, n N) string {
	for w, x := range words {
		if x == n {
			return w
		}
	}
	return fmt.Sprintf("%v", n)
}

// number finds the number of a word, or says what is wrong.
func number[N any](words map[string]N, what, word string) (N, error) {
	n, ok := words[word]
	if !ok {
		return n, fmt.Errorf("unknown %s %q: %w", what, word, unix.EINVAL)
	}
	return n, nil
}

// infoData returns IFLA_INFO_DATA of an interface's kind: what the words of
// its spec are to the kernel.
func (l *Lab) infoData(s *scenarios.Interface) ([]*nl.RtAttr, error) {
	switch {
	case s.Macvlan != nil:
		return l.macvlanData(s.Macvlan)
	case s.Ipvlan != nil:
		return ipvlanData(s.Ipvlan)
	case s.VLAN != nil:
		return vlanData(s.VLAN)
	case s.Bond != nil:
		return bondData(s.Bond)
	case s.Kind == scenarios.BridgeK:
		return l.bridgeData(l.bridgeOptions(s))
	case s.Kind == scenarios.VRF:
		return []*nl.RtAttr{attr32(nl.IFLA_VRF_TABLE, s.Table)}, nil
	case s.Tunnel != nil:
		return []*nl.RtAttr{attr(nl.IFLA_IPTUN_LOCAL, s.Tunnel.Local.AsSlice()), attr(nl.IFLA_IPTUN_REMOTE, s.Tunnel.Remote.AsSlice())}, nil
	}
	return nil, nil
}

func (l *Lab) macvlanData(m *scenarios.MacvlanSpec) ([]*nl.RtAttr, error) {
	var data []*nl.RtAttr
	if m.Mode != "" {
		mode, err := number(macvlanModes, "macvlan mode", m.Mode)
		if err != nil {
			return nil, err
		}
		data = append(data, attr32(nl.IFLA_MACVLAN_MODE, mode))
	}
	if m.NoPromisc || m.NoDst {
		data = append(data, attr16(nl.IFLA_MACVLAN_FLAGS, uint16(b2u8(m.NoPromisc))*macvlanNoPromisc|uint16(b2u8(m.NoDst))*macvlanNoDst))
	}
	if len(m.Sources) > 0 {
		set, err := l.sourceSet(m.Sources)
		if err != nil {
			return nil, err
		}
		data = append(data, set...)
	}
	return append(data, macvlanQueue(m.BCQueueLen, m.BCLim)...), nil
}

func macvlanQueue(length *uint32, limit *int32) (data []*nl.RtAttr) {
	if length != nil {
		data = append(data, attr32(nl.IFLA_MACVLAN_BC_QUEUE_LEN, *length))
	}
	if limit != nil {
		data = append(data, attr32(iflaMacvlanBCCutoff, uint32(*limit)))
	}
	return data
}

// sourceSet replaces the whole source list (MACVLAN_MACADDR_SET).
func (l *Lab) sourceSet(sources []string) ([]*nl.RtAttr, error) {
	list := nest(nl.IFLA_MACVLAN_MACADDR_DATA)
	for _, s := range sources {
		mac, err := l.resolveMAC(s)
		if err != nil {
			return nil, err
		}
		list.AddRtAttr(nl.IFLA_MACVLAN_MACADDR, mac)
	}
	return []*nl.RtAttr{attr32(nl.IFLA_MACVLAN_MACADDR_MODE, macvlanAddrSet), list}, nil
}

// resolveMAC reads a MAC, or asks the kernel for that of "@node:interface"; of
// one that is still to be made, the plan knows it.
func (l *Lab) resolveMAC(s string) (net.HardwareAddr, error) {
	name, isRef := strings.CutPrefix(s, "@")
	if !isRef {
		return net.ParseMAC(s)
	}
	ref, _ := recording.ParseRef(name)
	i, err := l.need(ref)
	if err != nil {
		if mac := l.plannedMAC(ref); mac != nil {
			return mac, nil
		}
		return nil, err
	}
	got, err := i.node.conn.link(i.index)
	if err != nil {
		return nil, fmt.Errorf("MAC of %s: %w", s, err)
	}
	return got.mac, nil
}

func (l *Lab) plannedMAC(ref recording.Ref) net.HardwareAddr {
	n := l.node(ref.Node)
	if n == nil {
		return nil
	}
	for i := range n.plan.Interfaces {
		if n.plan.Interfaces[i].Name == ref.Iface {
			return n.plan.Interfaces[i].MAC
		}
	}
	return nil
}

func ipvlanData(p *scenarios.IpvlanSpec) ([]*nl.RtAttr, error) {
	var data []*nl.RtAttr
	if p.Mode != "" {
		mode, err := number(ipvlanModes, "ipvlan mode", p.Mode)
		if err != nil {
			return nil, err
		}
		data = append(data, attr16(nl.IFLA_IPVLAN_MODE, mode))
	}
	if p.Flag != "" {
		flag, err := number(ipvlanFlags, "ipvlan flag", p.Flag)
		if err != nil {
			return nil, err
		}
		data = append(data, attr16(nl.IFLA_IPVLAN_FLAG, flag))
	}
	return data, nil
}

// vlanProtoDefault is the kernel's when none is asked for
// (net/8021q/vlan_netlink.c:vlan_newlink): it is read back all the same.
const vlanProtoDefault = "802.1Q"

func vlanData(v *scenarios.VLANSpec) ([]*nl.RtAttr, error) {
	data := []*nl.RtAttr{attr16(nl.IFLA_VLAN_ID, uint16(v.ID))}
	if v.Protocol != "" && v.Protocol != vlanProtoDefault {
		proto, err := number(vlanProtos, "VLAN protocol", v.Protocol)
		if err != nil {
			return nil, err
		}
		data = append(data, attrBE16(nl.IFLA_VLAN_PROTOCOL, proto))
	}
	loose := &v.LooseBinding
	if !v.LooseBinding {
		loose = nil // the kernel's default
	}
	return append(append(data, vlanFlags(v.ReorderHdr, loose)...), vlanMaps(v.EgressQoS, v.IngressQoS)...), nil
}

func bondData(b *scenarios.BondSpec) ([]*nl.RtAttr, error) {
	if b.Mode == "" {
		return nil, nil
	}
	for i, name := range bondModes {
		if name == b.Mode {
			// Without a monitor every member counts as working for ever.
			return []*nl.RtAttr{attr8(nl.IFLA_BOND_MODE, uint8(i)), attr32(nl.IFLA_BOND_MIIMON, 100)}, nil
		}
	}
	return nil, fmt.Errorf("unknown bond mode %q: %w", b.Mode, unix.EINVAL)
}
