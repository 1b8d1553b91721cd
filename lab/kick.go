package lab

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// kicker makes the kernel look at carriers now. An interface that is made on a
// parent with a carrier reports it before it runs, and the kernel lets such
// reports wait for up to a second; but the report of any running veth makes it
// go through all of them at once (net/core/link_watch.c:
// linkwatch_schedule_work). So the kicker has a cable of its own, and pulls it.
type kicker struct {
	lab   *Lab
	kicks int // each pulls the cable, or plugs it in again
}

func newKicker() (*kicker, error) {
	l := &Lab{index: firstIndex - 1}
	nodes := []scenarios.Node{{Name: "a", Interfaces: probeCable()}}
	err := l.addNodes(nodes)
	if err == nil {
		err = l.nodes[0].createLinks()
	}
	if err == nil {
		err = l.upAll()
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &kicker{lab: l}, nil
}

// kick pulls the cable, or plugs it in again.
func (k *kicker) kick() error {
	k.kicks++
	return k.lab.nodes[0].iface("eth1").setUp(k.kicks%2 == 0)
}

// heeded tells whether the kernel has acted on the last kick: the other end of the
// cable has the carrier that it makes. Changes of carriers are told in order, in
// one queue (net/core/link_watch.c:__linkwatch_run_queue).
func (k *kicker) heeded() bool {
	i := k.lab.nodes[0].iface("eth0")
	got, err := i.node.conn.link(i.index)
	return err == nil && (got.operState() == "up") == (k.kicks%2 == 0)
}

func (k *kicker) close() error {
	if k == nil {
		return nil
	}
	return k.lab.Close()
}

// syncCarrier has the kernel act on the carrier of a bridge or bond: a kick
// makes it look at interfaces that stand on others only, and leaves these to its
// round of once a second (net/core/link_watch.c:linkwatch_urgent_event). Who
// asks for the carrier by ethtool, however, is told the latest
// (net/ethtool/ioctl.c:ethtool_op_get_link calls linkwatch_sync_dev).
func (i *iface) syncCarrier() error {
	if i.spec.Kind != scenarios.BridgeK && i.spec.Kind != scenarios.Bond {
		return nil
	}
	value := struct{ cmd, data uint32 }{cmd: unix.ETHTOOL_GLINK} // struct ethtool_value
	err := i.node.conn.ethtool(i.name, unsafe.Pointer(&value))
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENODEV) {
		return nil // settle waits, or finds it gone
	}
	return err
}

// kick does so for a lab, whose kicker is made when it is first needed.
func (l *Lab) kick() error {
	if l.kicker == nil {
		k, err := newKicker()
		if err != nil {
			return err
		}
		l.kicker = k
	}
	return l.kicker.kick()
}
