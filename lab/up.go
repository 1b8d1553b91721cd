package lab

import (
	"errors"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// upAll sets the interfaces up that the plan does not leave down, in two
// passes. A cable gets its carrier when its second end comes up; that end
// waits for the second pass, so that everything that stands on the cable runs
// by then. The kernel tells a running interface of its carrier at once, but
// lets one that is not running yet wait for up to a second
// (net/core/link_watch.c:linkwatch_urgent_event, linkwatch_schedule_work).
func (l *Lab) upAll() error {
	late := l.lateEnds()
	for _, second := range []bool{false, true} {
		for _, n := range l.nodes {
			for _, i := range n.ifaces {
				if l.waits(i, late) != second || i.spec.Down || i.name == "lo" && n.plan.LoDown {
					continue
				}
				if err := i.setUp(true); err != nil {
					return l.fail(i.spec.Pos, n.plan.Pos, "set up", i.describe(), err)
				}
			}
		}
	}
	return l.downAgain()
}

// downAgain sets the VLAN interfaces down that are to be so: a parent that comes
// up takes all that stand on it along (net/8021q/vlan.c:vlan_device_event).
func (l *Lab) downAgain() error {
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			if i.spec.Kind != scenarios.VLAN || !i.spec.Down {
				continue
			}
			err := i.awaitOpening()
			if err == nil {
				err = i.setUp(false)
			}
			if err != nil {
				return l.fail(i.spec.Pos, n.plan.Pos, "set down", i.describe(), err)
			}
		}
	}
	return nil
}

// awaitOpening waits until the parent has taken a VLAN interface along: since
// Linux 7.2 ("net: avoid nested UP notifier events", June 2026) a work item does
// that some time after the parent came up. An interface that was set down before
// it ran would be up again.
func (i *iface) awaitOpening() error {
	parent := i.node.lab.iface(*i.spec.Link)
	if parent == nil || parent.spec.Down || i.spec.VLAN.LooseBinding {
		return nil
	}
	w, err := watch([]*iface{i})
	if err != nil {
		return err
	}
	defer w.close()
	for limit := newBudget(settleLimit()); ; {
		got, err := i.node.conn.link(i.index)
		if err != nil || got.up() {
			return err
		}
		if limit.over() {
			return nil // then nothing takes it along; what comes of it is verified
		}
		if err := limit.wait(w, 10*patience); err != nil && !errors.Is(err, unix.ETIMEDOUT) {
			return err
		}
	}
}

// lateEnds chooses an end of each cable for the second pass: one that nothing
// stands on, if there is one, as a VLAN interface cannot come up before its
// parent (net/8021q/vlan_dev.c:vlan_dev_open, ENETDOWN).
func (l *Lab) lateEnds() map[*iface]bool {
	parents := map[recording.Ref]bool{}
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			if i.spec.Link != nil {
				parents[*i.spec.Link] = true
			}
		}
	}
	late := map[*iface]bool{}
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			if i.spec.Cable == nil {
				continue
			}
			other := l.iface(*i.spec.Cable)
			if other == nil || late[other] || parents[i.ref()] && !parents[other.ref()] {
				continue
			}
			late[i] = true
		}
	}
	return late
}

// waits tells whether an interface belongs to the second pass: a late end, or
// a VLAN interface that stands on one.
func (l *Lab) waits(i *iface, late map[*iface]bool) bool {
	if late[i] {
		return true
	}
	if i.spec.Link == nil || i.spec.VLAN == nil {
		return false
	}
	parent := l.iface(*i.spec.Link)
	return parent != nil && l.waits(parent, late)
}
