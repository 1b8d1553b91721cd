package scenarios

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"netverify/recording"
	"netverify/scenarios/internal/yamltree"
)

// interfaceOf makes an interface with all that does not depend on others.
func (r *resolver) interfaceOf(node string, name text, doc *interfaceDoc) *Interface {
	i := &Interface{
		Pos: name.pos(), Node: node, Name: name.S,
		MTU:       int(doc.Link.MTU.N),
		Down:      doc.Link.Up.set() && !doc.Link.Up.V,
		Addresses: r.prefixes(doc.Addresses),
		DAD:       doc.DAD.V,
		Groups:    r.groups(doc.Groups),
		Features:  features(doc.Link.Features),

		MAddresses: r.groupMACs(doc.Link.MAddresses),
		KernelName: doc.Link.IfName.set(), Queues: doc.Link.Queues.set(),
	}
	return r.enter(i, doc)
}

func features(t table[flag]) map[string]bool {
	if len(t.Entries) == 0 {
		return nil
	}
	m := map[string]bool{}
	for _, e := range t.Entries {
		m[e.Key.S] = e.Value.V
	}
	return m
}

// kindKeys are the keys of an interface that say what it is.
func (doc *interfaceDoc) kindKeys() (keys []*yamltree.Node) {
	if doc == nil || doc.node == nil {
		return nil
	}
	for _, p := range doc.node.Pairs {
		switch InterfaceKind(p.Key.Value) {
		case "cable", Macvlan, Macvtap, Ipvlan, VLAN, Bond, BridgeK, Dummy, Tun, IPIP, SIT, VRF:
			keys = append(keys, p.Key)
		}
	}
	return keys
}

// kinds sets the kind of every interface, and what belongs to it.
func (r *resolver) kinds() {
	for _, ref := range r.order {
		if i := r.live[ref]; i != nil && r.docs[ref] != nil {
			r.kind(i, r.docs[ref], false)
		}
	}
}

// kind sets the kind of an interface; fails: of one that the kernel must refuse.
func (r *resolver) kind(i *Interface, doc *interfaceDoc, fails bool) {
	if keys := doc.kindKeys(); len(keys) > 1 {
		r.at(keys[1], "an interface is one thing: %s is a %s already", i.Name, keys[0].Value)
	}
	r.leastMTU(doc.Link.MTU, fails)
	switch {
	case doc.Cable.set():
		i.Kind = Veth
	case doc.Macvlan != nil:
		i.Kind, i.Macvlan = Macvlan, r.macvlan(doc.Macvlan)
	case doc.Macvtap != nil:
		i.Kind, i.Macvlan = Macvtap, r.macvlan(doc.Macvtap)
	case doc.Ipvlan != nil:
		i.Kind, i.Ipvlan = Ipvlan, &IpvlanSpec{Mode: doc.Ipvlan.Mode.S, Flag: doc.Ipvlan.Flag.S}
	case doc.VLAN != nil:
		i.Kind, i.VLAN = VLAN, r.vlan(doc.VLAN)
		if i.VLAN.ID >= reservedVID && !fails {
			r.at(doc.VLAN.ID.node, "VLAN id %d is reserved or none (ERANGE); only a create step that expects fails may try", i.VLAN.ID)
		}
	case doc.Bond != nil:
		i.Kind, i.Bond = Bond, &BondSpec{Mode: doc.Bond.Mode.S, Members: words(doc.Bond.Members)}
	case doc.Bridge != nil:
		i.Kind, i.Bridge = BridgeK, r.bridge(&doc.Bridge.Options)
	case doc.Dummy != nil:
		i.Kind = Dummy
	default:
		r.guest(i, doc)
	}
	if i.Macvlan != nil {
		r.modeOf(recording.Ref{Node: i.Node, Iface: i.Name}, i.Macvlan.Mode)
	}
}

// guest sets the kind of an interface that is there to be stood on.
func (r *resolver) guest(i *Interface, doc *interfaceDoc) {
	switch {
	case doc.Tun != nil:
		i.Kind, i.Tap = Tun, doc.Tun.Mode.S == "tap"
	case doc.IPIP != nil:
		i.Kind, i.Tunnel = IPIP, r.tunnel(doc.IPIP)
	case doc.SIT != nil:
		i.Kind, i.Tunnel = SIT, r.tunnel(doc.SIT)
	case doc.VRF != nil:
		i.Kind, i.Table = VRF, uint32(doc.VRF.Table.N)
	default:
		return
	}
	if i.Ethernet() {
		return
	}
	if i.Down = true; doc.Link.Up.V {
		r.at(doc.Link.Up.node, "%s carries no Ethernet frames, which is what taps read: it stays down", describe(i))
	}
}

func (r *resolver) tunnel(doc *tunnelDoc) *TunnelSpec {
	t := &TunnelSpec{}
	for _, end := range []struct {
		text text
		to   *netip.Addr
	}{{doc.Local, &t.Local}, {doc.Remote, &t.Remote}} {
		a, ok := r.ip(end.text)
		if *end.to = a; ok && !a.Is4() {
			r.at(end.text.node, "%s is no IPv4 address; the tunnel goes over IPv4", a)
		}
	}
	return t
}

// leastMTU reports an MTU that Ethernet interfaces do not take (ETH_MIN_MTU and
// ETH_MAX_MTU in include/uapi/linux/if_ether.h, the least that IPv4 can do with:
// RFC 791), unless the kernel is to refuse it.
func (r *resolver) leastMTU(n number, fails bool) {
	const least, most = 68, 65535
	switch {
	case !n.set() || fails:
	case n.N < least:
		r.at(n.node, "mtu is %d; the kernel takes none below %d (EINVAL): only a create or set that expects fails may try", n.N, least)
	case n.N > most:
		r.at(n.node, "mtu is %d; the kernel takes none above %d (EINVAL): only a create or set that expects fails may try", n.N, most)
	}
}

// modeOf remembers that a macvlan has a mode at some time. Without one it is
// in VEPA mode (drivers/net/macvlan.c:macvlan_common_newlink).
func (r *resolver) modeOf(ref recording.Ref, mode string) {
	if mode == "" {
		mode = "vepa"
	}
	if r.modes[ref] == nil {
		r.modes[ref] = map[string]bool{}
	}
	r.modes[ref][mode] = true
}

func words(list []text) (s []string) {
	for _, t := range list {
		s = append(s, t.S)
	}
	return s
}

func (r *resolver) macvlan(doc *macvlanDoc) *MacvlanSpec {
	m := &MacvlanSpec{Mode: doc.Mode.S, NoPromisc: doc.NoPromisc.V, NoDst: doc.NoDst.V, BCQueueLen: ptr[uint32](doc.BCQueueLen), BCLim: ptr[int32](doc.BCLim)}
	m.Sources = r.sources(doc.Sources, false)
	if doc.Sources != nil && m.Mode != "source" {
		r.missing(doc.node, "sources are for mode source only; %s", modeWord(m.Mode))
	}
	if doc.NoDst.set() && m.Mode != "source" {
		r.at(doc.NoDst.node, "nodst is for mode source only; %s", modeWord(m.Mode))
	}
	if doc.NoPromisc.set() && m.Mode != "passthru" {
		r.at(doc.NoPromisc.node, "nopromisc is for mode passthru only; %s", modeWord(m.Mode))
	}
	return m
}

func modeWord(mode string) string {
	if mode == "" {
		return "no mode is given here"
	}
	return "the mode here is " + mode
}

func ptr[T uint16 | uint32 | int32](n number) *T {
	if !n.set() {
		return nil
	}
	v := T(n.N)
	return &v
}

// sources reads a source list. One that the kernel is to refuse may hold what
// no station has: a group's MAC, or zero.
func (r *resolver) sources(list []text, refused bool) (macs []string) {
	for _, t := range list {
		if mac, err := net.ParseMAC(t.S); refused && err == nil && len(mac) == 6 {
			macs = append(macs, mac.String())
		} else if mac, ok := r.macOrAt(t); t.set() && ok {
			macs = append(macs, mac)
		}
	}
	return macs
}

func (r *resolver) vlan(doc *vlanDoc) *VLANSpec {
	v := &VLANSpec{ID: int(doc.ID.N), Protocol: doc.Protocol.S, ReorderHdr: doc.ReorderHdr.ptr(), LooseBinding: doc.LooseBinding.V}
	if v.Protocol == "" {
		v.Protocol = "802.1Q"
	}
	v.EgressQoS = r.qos(doc.EgressQoS, maxSkbPriority)
	v.IngressQoS = r.qos(doc.IngressQoS, maxPCP)
	return v
}

const (
	maxSkbPriority = 1<<32 - 1
	maxPCP         = 7
	reservedVID    = 4095 // IEEE Std 802.1Q-2018 table 9-2
)

func (r *resolver) qos(t table[number], maxKey uint64) map[uint32]uint32 {
	if len(t.Entries) == 0 {
		return nil
	}
	m := map[uint32]uint32{}
	for _, e := range t.Entries {
		from, err := strconv.ParseUint(e.Key.S, 10, 32)
		if err != nil || from > maxKey {
			r.at(e.Key.node, "%q is not a priority from 0 to %d", e.Key.S, maxKey)
			continue
		}
		m[uint32(from)] = uint32(e.Value.N)
	}
	return m
}

func (r *resolver) bridge(doc *bridgeOptions) *Bridge {
	b := &Bridge{
		STP: doc.STP.ptr(), MulticastSnooping: doc.McastSnooping.ptr(), VLANFiltering: doc.VLANFiltering.ptr(),
		VLANProtocol: doc.VLANProtocol.S, DefaultPVID: doc.DefaultPVID.ptr(), GroupFwdMask: ptr[uint16](doc.GroupFwdMask), Priority: ptr[uint16](doc.Priority),
	}
	b.Loud = doc.Quiet.set() && !doc.Quiet.V
	b.NoLinkLocalLearn, b.McastVLANSnooping = doc.NoLinkLocalLearn.ptr(), doc.McastVLANSnooping.ptr()
	b.MSTEnabled, b.FDBLocalVLAN0 = doc.MSTEnabled.ptr(), doc.FDBLocalVLAN0.ptr()
	b.VLANGlobal = r.vlanGlobal(doc.VLANGlobal)
	b.Attributes = r.attributes(doc.Attributes, "", string(BridgeK))
	const tick = 10 * time.Millisecond
	for _, t := range []struct {
		name string
		doc  *duration
		to   **time.Duration
	}{
		{"ageing_time", &doc.AgeingTime, &b.AgeingTime}, {"forward_delay", &doc.ForwardDelay, &b.ForwardDelay},
		{"hello_time", &doc.HelloTime, &b.HelloTime}, {"max_age", &doc.MaxAge, &b.MaxAge},
	} {
		if t.doc.set() {
			*t.to = &t.doc.D
			if down := t.doc.D.Truncate(tick); down != t.doc.D {
				r.at(t.doc.node, "%s is told to the kernel in steps of 10ms (USER_HZ): write %s or %s", t.name, down, down+tick)
			}
		}
	}
	return b
}
