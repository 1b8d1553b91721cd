package lab

import (
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// setMaster makes an interface a port of another master, or of none, and asks
// for another namespace, which the kernel is to refuse.
func (i *iface) setMaster(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	n := i.node
	if s.NetNS != "" {
		to := n.lab.node(s.NetNS)
		var err error = unix.ENOENT
		if to != nil {
			err = n.conn.changeLink(i.index, 0, 0, attr32(unix.IFLA_NET_NS_FD, uint32(to.ns.FD())))
		}
		if err == nil { // where it was to stay: it is none of the node's any more
			n.drop(i)
			return nil
		}
		return n.lab.fail(pos, i.spec.Pos, "move", i.describe()+" to "+s.NetNS, err)
	}
	if s.Master == nil {
		return nil
	}
	index := 0
	if *s.Master != "" {
		m, err := n.lab.need(recording.Ref{Node: n.name, Iface: *s.Master})
		if err != nil {
			return n.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" master "+*s.Master, err)
		}
		index = m.index
	}
	if err := n.conn.changeLink(i.index, 0, 0, attr32(unix.IFLA_MASTER, uint32(index))); err != nil {
		return n.lab.fail(pos, i.spec.Pos, "set", i.ref().String()+" master "+orNone(*s.Master), err)
	}
	i.spec.Master, i.spec.Port = *s.Master, nil
	if *s.Master == "" {
		got, err := n.conn.link(i.index)
		if err == nil && got.master() != 0 {
			err = &Mismatch{"master", "none", n.nameOf(got.master())}
		}
		return n.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
	}
	return i.readBack(pos, s.Judged, want{"master", *s.Master})
}
