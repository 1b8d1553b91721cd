package lab

import (
	"net"
	"net/netip"

	"netverify/recording"
)

// Interface is what the kernel says of one interface of a lab.
type Interface struct {
	Ref       recording.Ref
	Kind      string // rtnl kind; "loopback" for lo
	Ifindex   int    // unique in the lab, except lo, which is 1 everywhere
	MAC       net.HardwareAddr
	MTU       int // bytes, without the Ethernet header
	Up        bool
	OperState string         // "up", "lowerlayerdown", ...
	Parent    *recording.Ref // parent, or the other end of a cable; nil if there is none in the lab
	Mode      string         // of macvlan, macvtap, ipvlan and bond
	Master    string         // bridge or bond that it is a port of
	Addresses []netip.Prefix // in the kernel's order
}

// Interfaces reads all interfaces of the lab, node by node in plan order: lo,
// the bridge of a switch, then as in the plan, then what Create added. One
// that has vanished with its parent, or cannot be read, is left out.
func (l *Lab) Interfaces() []Interface {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var all []Interface
	for _, n := range l.nodes {
		if r, err := n.read(); err == nil {
			all = append(all, r.list...)
		}
	}
	return all
}

// reading is what the kernel said of a node's interfaces at one time.
type reading struct {
	links map[int]*link // by index
	addrs map[int][]netip.Prefix
	list  []Interface // those of the lab
}

func (n *node) read() (reading, error) { return n.readWith(nil) }

// readWith is read where the links are known already, unless they are nil.
func (n *node) readWith(links map[int]*link) (r reading, err error) {
	if r.links = links; links == nil {
		if r.links, err = n.conn.links(); err != nil {
			return r, err
		}
	}
	if r.addrs, err = n.conn.addresses(); err != nil {
		return r, err
	}
	r.list, err = n.inventory(r.links, r.addrs)
	return r, err
}

func (n *node) inventory(links map[int]*link, addrs map[int][]netip.Prefix) ([]Interface, error) {
	var list []Interface
	for _, i := range n.ifaces {
		got := links[i.index]
		if got == nil {
			continue
		}
		parent, err := n.parent(got)
		if err != nil {
			return nil, err
		}
		f := Interface{
			Ref: i.ref(), Kind: got.kind, Ifindex: got.index, MAC: got.mac, MTU: got.mtu(),
			Up: got.up(), OperState: got.operState(), Parent: parent, Addresses: addrs[i.index],
		}
		f.Mode, _ = mode(got)
		if m := got.master(); m != 0 {
			f.Master = n.nameOf(m)
		}
		list = append(list, f)
	}
	return list, nil
}

// Bindings returns what "@node:interface" stands for, for every interface of a
// list that Interfaces returned.
func Bindings(list []Interface) recording.Bindings {
	b := recording.Bindings{}
	for _, f := range list {
		var x recording.Binding
		copy(x.MAC[:], f.MAC)
		var linkLocal netip.Addr
		for _, p := range f.Addresses {
			switch a := p.Addr(); {
			case a.Is4():
				if !x.IPv4.IsValid() {
					x.IPv4 = a
				}
			case a.IsLinkLocalUnicast():
				if !linkLocal.IsValid() {
					linkLocal = a
				}
			case !x.IPv6.IsValid():
				x.IPv6 = a
			}
		}
		if !x.IPv6.IsValid() {
			x.IPv6 = linkLocal
		}
		b[f.Ref.String()] = x
	}
	return b
}
