package scenarios

import (
	"slices"

	"netverify/recording"
)

// stpOf tells whether the bridge of a port runs the spanning tree protocol now.
func (r *resolver) stpOf(port *Interface) bool {
	bridge := recording.Ref{Node: port.Node, Iface: port.Master}
	if on, changed := r.stpNow[bridge]; changed {
		return on
	}
	i := r.live[bridge]
	return i != nil && i.Bridge != nil && i.Bridge.STP != nil && *i.Bridge.STP
}

// portState reports a state that the kernel does not take, or takes back at
// once. It has the ports of a bridge that runs STP in its own hand (net/bridge/
// br_stp_if.c:br_set_port_state answers EBUSY), and without STP it lets a
// blocking port forward in the same call (net/bridge/br_stp.c:
// br_port_state_selection, br_make_forwarding).
func (r *resolver) portState(state text, port *Interface) {
	switch {
	case !state.set() || port == nil || port.Master == "":
	case r.stpOf(port):
		r.at(state.node, "%s:%s runs STP, which has the states of its ports in its own hand (EBUSY): leave state out, or stp", port.Node, port.Master)
	case state.S == "blocking":
		r.at(state.node, "a bridge without STP does not keep a port blocking, it forwards again at once; write state: listening, which drops all frames as well, or disabled, or set it by a step that expects its port_state")
	}
}

// notKept checks what the kernel takes of a topology and does not keep.
func (r *resolver) notKept() {
	for _, ref := range r.order {
		i, doc := r.live[ref], r.docs[ref]
		if i != nil && doc != nil {
			r.ownMAC(i, doc)
			r.mtuOfIPv6(i, doc)
		}
		if i != nil && doc != nil && i.Port != nil {
			r.portState(doc.Bridged.State, i)
		}
	}
}

// statesOfSet checks the states that a step sets, but for those that the kernel
// is to refuse or that the step judges itself.
func (r *resolver) statesOfSet(s *Step, doc *stepDoc) {
	for i := range s.Set {
		set := &s.Set[i]
		if i >= len(doc.Set.Targets) || set.Fails != "" {
			continue
		}
		if set.Node != nil && set.Node.Bridge != nil && set.Node.Bridge.STP != nil {
			r.stpNow[recording.Ref{Node: set.Target, Iface: bridgeName}] = *set.Node.Bridge.STP
		}
		if t := doc.Set.Targets[i].Iface; t != nil && set.Iface != nil && !slices.Contains(set.Iface.Judged, "port_state") {
			r.portState(t.Bridged.State, r.live[refOf(set.Target)])
		}
	}
}

// ownMAC reports a MAC that is written at an interface which has that of its
// parent whatever is asked for (drivers/net/macvlan.c:macvlan_init and
// macvlan_common_newlink, drivers/net/ipvlan/ipvlan_main.c:ipvlan_init).
func (r *resolver) ownMAC(i *Interface, doc *interfaceDoc) {
	passthru := i.Macvlan != nil && i.Macvlan.Mode == "passthru"
	if t := doc.Link.MACAddress; t.set() && t.S != "kernel" && (passthru || i.Kind == Ipvlan) {
		what := "an ipvlan"
		if passthru {
			what = "a passthru child"
		}
		r.at(t.node, "%s has the MAC of its parent, whatever is asked for: write it there, or have a create step expect what comes of it", what)
	}
}

// mtuOfIPv6 reports IPv6 addresses where the kernel has no IPv6: below an MTU of
// 1280 (RFC 8200 section 5, net/ipv6/addrconf.c:addrconf_notify).
func (r *resolver) mtuOfIPv6(i *Interface, doc *interfaceDoc) {
	const least = 1280
	for _, p := range i.Addresses {
		if p.Addr().Is6() && i.MTU != 0 && i.MTU < least {
			r.at(doc.Link.MTU.node, "mtu is %d, and %s is an address of IPv6, which the kernel does not run below %d: write more, or set it by a step", i.MTU, p, least)
			return
		}
	}
}
