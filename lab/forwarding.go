package lab

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/frame"
	"netverify/recording"
)

// Forwarding reads what decides whether frames are passed on: of each bridge
// port and macvlan, of what is down or has no carrier, and the entries of the
// forwarding databases for the MACs.
func (l *Lab) Forwarding(macs map[frame.MAC]bool) (*recording.Forwarding, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := new(recording.Forwarding)
	for _, n := range l.nodes {
		if err := n.forwarding(out, macs); err != nil {
			return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the forwarding of", n.name, err)
		}
	}
	return out, nil
}

func (n *node) forwarding(out *recording.Forwarding, macs map[frame.MAC]bool) error {
	links, err := n.conn.links()
	if err != nil {
		return err
	}
	vlans, err := n.filteredVLANs(links)
	if err != nil {
		return err
	}
	mute, err := n.mute()
	if err != nil {
		return err
	}
	bridged := false
	for _, i := range n.ifaces {
		got := links[i.index]
		if got == nil || got.loop && got.up() {
			continue
		}
		bridged = bridged || got.kind == "bridge"
		x := recording.InterfaceState{Point: i.ref().String(), Down: !got.up(), NoCarrier: got.up() && got.flags&unix.IFF_LOWER_UP == 0, NoLinkLocal: mute[got.index]}
		switch br := links[got.master()]; {
		case got.slave == "bridge" && br != nil:
			x.Bridge = n.ref(br.name)
			portState(&x, got, br, vlans[got.index])
		case got.isMacvlan():
			if err := n.macvlanState(&x, got); err != nil {
				return err
			}
		case !x.Down && !x.NoCarrier && !x.NoLinkLocal:
			continue
		}
		out.Interfaces = append(out.Interfaces, x)
	}
	if !bridged {
		return nil
	}
	return n.entriesOf(out, macs)
}

// portState fills in what a bridge decides by at a port.
func portState(x *recording.InterfaceState, port, br *link, vlans vlanTable) {
	is := func(key string) bool { v, _ := values[key](port); return v == "true" }
	off := func(key string) bool { v, ok := values[key](port); return ok && v == "false" }
	if x.State, _ = values["port_state"](port); x.State == "forwarding" {
		x.State = ""
	}
	x.Isolated, x.Locked, x.Hairpin = is("isolated"), is("locked"), is("hairpin")
	x.NoFlood, x.NoMcastFlood, x.NoBcastFlood = off("flood"), off("mcast_flood"), off("bcast_flood")
	if v, _ := values["vlan_filtering"](br); v != "true" {
		return
	}
	proto, _ := values["vlan_protocol"](br)
	x.FiltersVLANs = vlanProtos[proto]
	for _, r := range vlans {
		if r.flags&vlanPVID != 0 {
			x.PVID = int(r.from)
		}
		if last := len(x.VLANs) - 1; last >= 0 && x.VLANs[last].To == int(r.from)-1 {
			x.VLANs[last].To = int(r.to)
			continue
		}
		x.VLANs = append(x.VLANs, recording.VLANRange{From: int(r.from), To: int(r.to)})
	}
}

func (n *node) macvlanState(x *recording.InterfaceState, got *link) error {
	parent, err := n.parent(got)
	if err != nil {
		return err
	}
	if parent != nil {
		x.Parent = parent.String()
	}
	x.MAC = got.mac.String()
	x.Mode, _ = mode(got)
	if list, _ := sources(got); list != "" {
		x.Sources = strings.Split(list, ",")
	}
	return nil
}

// entriesOf lists the entries of the bridges of a node for these MACs.
func (n *node) entriesOf(out *recording.Forwarding, macs map[frame.MAC]bool) error {
	list, err := n.conn.neighbours(unix.AF_BRIDGE)
	if err != nil {
		return err
	}
	first := len(out.FDB)
	for _, x := range list {
		if len(x.mac) != 6 || x.master == 0 || x.flags&unix.NTF_SELF != 0 || !macs[frame.MAC(x.mac)] {
			continue
		}
		out.FDB = append(out.FDB, recording.FDBEntry{
			Bridge: n.ref(n.nameOf(x.master)), MAC: frame.MAC(x.mac).String(), VLAN: int(x.vlan),
			Port: n.ref(n.nameOf(x.index)), Locked: x.ext&ntfExtLocked != 0,
		})
	}
	slices.SortFunc(out.FDB[first:], func(a, b recording.FDBEntry) int {
		return cmp.Or(strings.Compare(a.Bridge, b.Bridge), strings.Compare(a.MAC, b.MAC), a.VLAN-b.VLAN, strings.Compare(a.Port, b.Port))
	})
	return nil
}

// mute are the interfaces of a router of IPv6 that have addresses, but none of the
// link, or only a tentative one.
func (n *node) mute() (map[int]bool, error) {
	if on, err := n.sysctl("net.ipv6.conf.all.forwarding"); err != nil || on == "0" {
		return nil, nil //nolint:nilerr // a kernel without IPv6
	}
	list, err := n.conn.addressEntries()
	out := map[int]bool{}
	for _, a := range list {
		if ip := a.prefix.Addr(); ip.Is6() && !ip.IsLoopback() {
			out[a.index] = true
		}
	}
	for _, a := range list {
		if a.prefix.Addr().IsLinkLocalUnicast() && a.prefix.Addr().Is6() && a.flags&unix.IFA_F_TENTATIVE == 0 {
			delete(out, a.index)
		}
	}
	return out, err
}

// ref names an interface of the node as recordings do.
func (n *node) ref(name string) string { return recording.Ref{Node: n.name, Iface: name}.String() }
