package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Create makes an interface while the lab runs: silenced, without offloads,
// with its addresses, up, and waited for. It is made wholly or not at all. The
// Fails of c is the caller's to compare (see Errno).
//
// One that was to fail, and did not, is taken away again.
func (l *Lab) Create(c *scenarios.Create) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := c.Interface
	n := l.node(s.Node)
	if n == nil {
		return l.fail(s.Pos, s.Pos, "create", describe(&s), fmt.Errorf("no node %q", s.Node))
	}
	if old := n.iface(s.Name); old != nil && !old.alive() {
		n.drop(old) // it had vanished with its parent
	}
	before := len(n.ifaces)
	if err := l.createLink(&s); err != nil {
		return err
	}
	made := n.ifaces[before]
	made.judged = c.Judged
	err := made.take(c.Members)
	if err == nil {
		err = l.finish(made)
	}
	if err != nil || c.Fails != "" { // where it was to fail, the scenario goes on without it
		gone := n.conn.deleteLink(made.index)
		n.drop(made)
		if s.Cable != nil {
			if other := l.iface(*s.Cable); other != nil {
				other.node.drop(other)
			}
		}
		return errors.Join(err, l.fail(s.Pos, s.Pos, "remove the half-made", describe(&s), gone))
	}
	return nil
}

// take makes interfaces that live already the members of a new bridge or bond.
func (i *iface) take(members []string) error {
	for _, name := range members {
		f, err := i.node.lab.need(recording.Ref{Node: i.node.name, Iface: name})
		if err == nil && i.spec.Kind == scenarios.Bond {
			err = f.setUp(false) // drivers/net/bonding/bond_main.c:bond_enslave takes none that is up
		}
		if err != nil {
			return i.node.lab.fail(i.spec.Pos, i.spec.Pos, "take into", i.describe(), err)
		}
		if err := f.enslave(i.name); err != nil {
			return err
		}
		f.spec.Master = i.name
	}
	return i.setMTU()
}

// finish does for one interface what Build does for all.
func (l *Lab) finish(i *iface) error {
	both := []*iface{i}
	if i.spec.Cable != nil {
		if other := l.iface(*i.spec.Cable); other != nil {
			both = append(both, other)
		}
	}
	for _, f := range both {
		if m := f.node.masterOf(&f.spec); m != "" {
			if err := f.enslave(m); err != nil {
				return err
			}
		}
		if err := f.setOffloads(f.spec.Features, isOffload, f.spec.Pos); err != nil {
			return err
		}
		if err := f.addAddresses(f.spec.Addresses); err != nil {
			return err
		}
		if err := f.setMAddresses(f.spec.MAddresses, f.spec.Pos); err != nil {
			return err
		}
		if !f.spec.Down {
			if err := f.setUp(true); err != nil {
				return l.fail(f.spec.Pos, f.spec.Pos, "set up", f.describe(), err)
			}
		}
		if err := f.joinGroups(f.spec.Groups, f.spec.Pos); err != nil {
			return err
		}
	}
	if i.spec.Link != nil { // its parent may have had a carrier for long
		if err := l.kick(); err != nil {
			return l.fail(i.spec.Pos, i.spec.Pos, "await the carrier of", i.describe(), err)
		}
	}
	if err := l.settle(); err != nil {
		return err
	}
	for _, f := range both {
		if p := f.spec.Port; p != nil && p.State != nil {
			if err := f.setPortState(*p.State, f.spec.Pos); err != nil {
				return err
			}
		}
		if err := f.node.verifyOne(f); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) verifyOne(i *iface) error {
	got, err := n.conn.link(i.index)
	var addrs map[int][]netip.Prefix
	var vlans map[int]vlanTable
	if err == nil {
		addrs, err = n.conn.addresses()
	}
	if err == nil {
		vlans, err = n.vlansIfAny()
	}
	if err == nil {
		err = i.verify(got, addrs[i.index], vlans[i.index])
	}
	return n.lab.fail(i.spec.Pos, n.plan.Pos, "verify", i.describe(), err)
}

// alive tells whether the kernel still has an interface.
func (i *iface) alive() bool {
	_, err := i.node.conn.link(i.index)
	return err == nil
}

// drop forgets interfaces that are gone, all at once: each time those that are
// left are sorted anew.
func (n *node) drop(gone ...*iface) {
	if len(gone) == 0 {
		return
	}
	lost, names := make(map[*iface]bool, len(gone)), make(map[string]bool, len(gone))
	for _, i := range gone {
		lost[i], names[i.name] = true, true
	}
	kept := make([]*iface, 0, len(n.ifaces))
	for _, f := range n.ifaces {
		if lost[f] {
			_ = f.leaveGroups(nil) // went with the interface: nothing is sent any more
			continue
		}
		if names[f.spec.Master] {
			f.spec.Master = ""
		}
		kept = append(kept, f)
	}
	n.have(kept)
}

// Remove deletes an interface while the lab runs; what stands on it, and the
// other end of a cable, go with it.
func (l *Lab) Remove(r recording.Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.need(r)
	if err == nil {
		err = i.node.conn.deleteLink(i.index)
	}
	if err != nil {
		return l.fail(scenarios.Pos{}, scenarios.Pos{}, "remove", r.String(), err)
	}
	for _, n := range l.nodes {
		var gone []*iface
		for _, f := range n.ifaces {
			if !f.alive() {
				gone = append(gone, f)
			}
		}
		n.drop(gone...)
	}
	return l.settle()
}

func (c *conn) deleteLink(index int) error {
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(index)
	return c.do(unix.RTM_DELLINK, 0, head)
}
