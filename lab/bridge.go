package lab

import (
	"errors"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// clockTicks is USER_HZ, the unit of times in bridge attributes (1/s).
const clockTicks = 100

// bridgeOptions returns the options of a bridge as they are to be: quiet
// unless asked otherwise, and filtering VLANs where a port names one.
func (l *Lab) bridgeOptions(s *scenarios.Interface) scenarios.Bridge {
	var b scenarios.Bridge
	if s.Bridge != nil {
		b = *s.Bridge
	}
	no := false
	if b.STP == nil && !b.Loud {
		b.STP = &no
	}
	if b.MulticastSnooping == nil && !b.Loud {
		b.MulticastSnooping = &no
	}
	// A port that has come up has a timer that moves it on to forwarding, also
	// without STP, and whatever state it was set to by hand meanwhile
	// (net/bridge/br_stp.c:br_make_forwarding, br_stp_timer.c:br_forward_delay_timer_expired).
	if b.ForwardDelay == nil && b.STP == &no && l.portStates[s.Node] {
		delay := putOff
		b.ForwardDelay = &delay
	}
	if n := l.node(s.Node); n != nil && n.hasPortVLANs(s.Name) {
		yes, none := true, 0
		if b.VLANFiltering == nil {
			b.VLANFiltering = &yes
		}
		if b.DefaultPVID == nil {
			b.DefaultPVID = &none // a port carries what it names, and nothing else
		}
	}
	return b
}

func (n *node) hasPortVLANs(bridge string) bool {
	for i := range n.plan.Interfaces {
		s := &n.plan.Interfaces[i]
		if n.masterOf(s) == bridge && hasVLANs(s.Port) {
			return true
		}
	}
	return false
}

func hasVLANs(p *scenarios.Port) bool {
	return p != nil && (len(p.Trunk) > 0 || p.Native != nil || p.Access != nil || len(p.VLANs) > 0)
}

func wantsVLANs(b scenarios.Bridge) bool {
	return b.VLANFiltering != nil && *b.VLANFiltering || b.VLANProtocol != "" || b.DefaultPVID != nil
}

// bridgeData returns IFLA_INFO_DATA of a bridge. Switching VLAN filtering off
// is left out while nothing has switched it on: a kernel without it refuses.
func (l *Lab) bridgeData(b scenarios.Bridge) ([]*nl.RtAttr, error) {
	data := bridgeChange(b)
	more, err := l.attributeData(b.Attributes, string(scenarios.BridgeK))
	if err != nil {
		return nil, err
	}
	data = append(append(data, more...), bridgeBitData(&b)...)
	if b.VLANFiltering != nil && *b.VLANFiltering {
		data = append(data, attr8(nl.IFLA_BR_VLAN_FILTERING, 1))
	}
	if b.VLANProtocol != "" {
		proto, err := number(vlanProtos, "VLAN protocol", b.VLANProtocol)
		if err != nil {
			return nil, err
		}
		data = append(data, attrBE16(nl.IFLA_BR_VLAN_PROTOCOL, proto))
	}
	return data, nil
}

// bridgeTimes are the times of a bridge. Those of the spanning tree come from the
// root of the tree once it is heard (net/bridge/br_netlink.c:br_fill_info).
var bridgeTimes = []struct {
	key  string // of StateKeys
	typ  int    // IFLA_BR_*, in clockTicks
	tree bool
	of   func(*scenarios.Bridge) **time.Duration
}{
	{"ageing_time", nl.IFLA_BR_AGEING_TIME, false, func(b *scenarios.Bridge) **time.Duration { return &b.AgeingTime }},
	{"forward_delay", nl.IFLA_BR_FORWARD_DELAY, true, func(b *scenarios.Bridge) **time.Duration { return &b.ForwardDelay }},
	{"hello_time", nl.IFLA_BR_HELLO_TIME, true, func(b *scenarios.Bridge) **time.Duration { return &b.HelloTime }},
	{"max_age", nl.IFLA_BR_MAX_AGE, true, func(b *scenarios.Bridge) **time.Duration { return &b.MaxAge }},
}

// bridgeChange returns the options that are given, but for VLANs' switch and
// protocol.
func bridgeChange(b scenarios.Bridge) (data []*nl.RtAttr) {
	for _, t := range bridgeTimes {
		if v := *t.of(&b); v != nil {
			data = append(data, attr32(t.typ, uint32(v.Seconds()*clockTicks)))
		}
	}
	if b.Priority != nil {
		data = append(data, attr16(nl.IFLA_BR_PRIORITY, *b.Priority))
	}
	if b.STP != nil {
		data = append(data, attr32(nl.IFLA_BR_STP_STATE, uint32(b2u8(*b.STP))))
	}
	if b.MulticastSnooping != nil {
		data = append(data, attrBool(nl.IFLA_BR_MCAST_SNOOPING, *b.MulticastSnooping))
	}
	if b.DefaultPVID != nil {
		data = append(data, attr16(nl.IFLA_BR_VLAN_DEFAULT_PVID, uint16(*b.DefaultPVID)))
	}
	if b.GroupFwdMask != nil {
		data = append(data, attr16(nl.IFLA_BR_GROUP_FWD_MASK, *b.GroupFwdMask))
	}
	return data
}

// portFlag is a bridge port attribute that is on or off.
type portFlag struct {
	key     string // of StateKeys
	typ     int    // IFLA_BRPORT_*
	of      func(*scenarios.Port) *bool
	feature string // that a kernel without the attribute lacks
}

var portFlags = []portFlag{
	{"hairpin", nl.IFLA_BRPORT_MODE, func(p *scenarios.Port) *bool { return p.Hairpin }, scenarios.FeatureBridge},
	{"isolated", nl.IFLA_BRPORT_ISOLATED, func(p *scenarios.Port) *bool { return p.Isolated }, scenarios.FeatureBridgePortIsolated},
	{"learning", nl.IFLA_BRPORT_LEARNING, func(p *scenarios.Port) *bool { return p.Learning }, scenarios.FeatureBridge},
	{"flood", nl.IFLA_BRPORT_UNICAST_FLOOD, func(p *scenarios.Port) *bool { return p.Flood }, scenarios.FeatureBridge},
	{"mcast_flood", nl.IFLA_BRPORT_MCAST_FLOOD, func(p *scenarios.Port) *bool { return p.McastFlood }, scenarios.FeatureBridge},
	{"bcast_flood", nl.IFLA_BRPORT_BCAST_FLOOD, func(p *scenarios.Port) *bool { return p.BcastFlood }, scenarios.FeatureBridge},
	{"locked", nl.IFLA_BRPORT_LOCKED, func(p *scenarios.Port) *bool { return p.Locked }, scenarios.FeatureBridgePortLocked},
	{"guard", nl.IFLA_BRPORT_GUARD, func(p *scenarios.Port) *bool { return p.Guard }, scenarios.FeatureBridge},
	{"neigh_suppress", nl.IFLA_BRPORT_NEIGH_SUPPRESS, func(p *scenarios.Port) *bool { return p.NeighSuppress }, scenarios.FeatureBridge},
	{"proxyarp", nl.IFLA_BRPORT_PROXYARP, func(p *scenarios.Port) *bool { return p.ProxyARP }, scenarios.FeatureBridge},
	{"mcast_to_unicast", nl.IFLA_BRPORT_MCAST_TO_UCAST, func(p *scenarios.Port) *bool { return p.McastToUnicast }, scenarios.FeatureBridge},
	{"vlan_tunnel", nl.IFLA_BRPORT_VLAN_TUNNEL, (*scenarios.Port).VLANTunnel, scenarios.FeatureBridgeVLANFiltering},
}

// portStates are the BR_STATE_* of linux/if_bridge.h in their order.
var portStates = scenarios.PortStates

// masterOf returns the bridge or bond that an interface is to be a port of.
// Every interface of a switch is a port of br0.
func (n *node) masterOf(s *scenarios.Interface) string {
	if s.Master == "" && n.plan.Switch && s.Kind != scenarios.BridgeK && s.Link == nil {
		return bridgeName
	}
	return s.Master
}

// enslaveAll makes the ports of a node's bridges and bonds.
func (n *node) enslaveAll() error {
	for _, i := range n.ifaces {
		if m := n.masterOf(&i.spec); m != "" && i.spec.Kind != "" {
			if err := i.enslave(m); err != nil {
				return err
			}
		}
		if i.spec.Bond == nil {
			continue
		}
		for _, name := range i.spec.Bond.Members {
			if f := n.iface(name); f != nil && f.spec.Master == "" {
				if err := f.enslave(i.name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (i *iface) enslave(master string) error {
	n := i.node
	err := errors.New("no such interface")
	if m := n.iface(master); m != nil {
		err = n.conn.changeLink(i.index, 0, 0, attr32(unix.IFLA_MASTER, uint32(m.index)))
	}
	if err != nil {
		return n.lab.fail(i.spec.Pos, n.plan.Pos, "make", i.describe()+" a port of "+master, err)
	}
	if i.spec.Port == nil {
		return nil
	}
	if err := i.setPort(i.spec.Port, i.spec.Pos); err != nil {
		return err
	}
	return i.setPortAttributes(i.spec.Attributes, i.spec.Pos)
}

// setPort changes those attributes of a bridge port that are given, but for
// its state, which has to wait for the carrier.
func (i *iface) setPort(p *scenarios.Port, pos scenarios.Pos) error {
	var data []*nl.RtAttr
	var words []string
	for _, f := range portFlags {
		if v := f.of(p); v != nil {
			data = append(data, attrBool(f.typ, *v))
			words = append(words, f.key)
		}
	}
	if p.Cost != nil {
		data = append(data, attr32(nl.IFLA_BRPORT_COST, uint32(*p.Cost)))
		words = append(words, "cost")
	}
	if len(data) > 0 {
		if err := i.changePort(data...); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" "+strings.Join(words, ", "), err)
		}
	}
	if err := i.setPortVLANs(p, pos); err != nil {
		return err
	}
	return i.setTunnels(p.Tunnels, pos)
}

// changePort sets attributes of a bridge port as bridge(8) does. The other way,
// IFLA_INFO_SLAVE_DATA, ends with a NETDEV_CHANGE at which the bridge enables a
// port again that was just disabled (net/core/rtnetlink.c:do_setlink,
// net/bridge/br_if.c:br_port_carrier_check).
func (i *iface) changePort(data ...*nl.RtAttr) error {
	head := nl.NewIfInfomsg(unix.AF_BRIDGE)
	head.Index = int32(i.index)
	return i.node.conn.do(unix.RTM_SETLINK, 0, head, nest(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, data...))
}

// applyPortStates sets the STP states of ports, once they have a carrier: the
// kernel refuses before (net/bridge/br_stp.c:br_set_port_state, ENETDOWN), and
// makes a port forward whenever its carrier comes. Without STP it takes
// "blocking" back at once (br_port_state_selection): the lab then says so.
func (n *node) applyPortStates() error {
	for _, i := range n.ifaces {
		if p := i.spec.Port; p != nil && p.State != nil {
			if err := i.setPortState(*p.State, i.spec.Pos); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *iface) setPortState(state string, pos scenarios.Pos) error {
	err := errors.New("unknown port state")
	for number, name := range portStates {
		if name == state {
			err = i.changePort(attr8(nl.IFLA_BRPORT_STATE, uint8(number)))
		}
	}
	return i.node.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" state "+state, err)
}
