package lab

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/internal/poll"
	"netverify/scenarios"
)

// settleTime bounds the wait for carriers. It is never the normal end: a veth
// is up within 10 ms on an idle machine; emulated and loaded ones are slower.
const settleTime = 15 * time.Second

// gaveUp is set once a wait has run out: a kernel that has not reported one
// carrier in all that time is given less for the next.
var gaveUp atomic.Bool

const settleAgain = 3 * time.Second

func settleLimit() time.Duration {
	if gaveUp.Load() {
		return settleAgain
	}
	return settleTime
}

// patience is how long the kernel may be silent before it is kicked: longer
// than it needs to report a carrier that it does report at once.
const patience = 10 * time.Millisecond

// carrier is what an interface's operational state is going to be.
type carrier uint8

const (
	carrierAny carrier = iota // not foreseeable: nothing is awaited
	carrierOn
	carrierOff
)

// snapshot are all interfaces of a lab as they are now.
type snapshot map[*node]map[int]*link

func (l *Lab) snapshot() (snapshot, error) {
	s := make(snapshot, len(l.nodes))
	return s, l.reread(s, l.nodes)
}

// reread brings some nodes of a snapshot up to date.
func (l *Lab) reread(s snapshot, nodes []*node) error {
	for _, n := range nodes {
		links, err := n.conn.links()
		if err != nil {
			return l.fail(n.plan.Pos, n.plan.Pos, "read links of", n.name, err)
		}
		s[n] = links
	}
	return nil
}

// nodesOf are the nodes of interfaces, each once.
func nodesOf(list []*iface) (nodes []*node) {
	seen := map[*node]bool{}
	for _, i := range list {
		if !seen[i.node] {
			seen[i.node] = true
			nodes = append(nodes, i.node)
		}
	}
	return nodes
}

// loose tells whether a VLAN interface is bound loosely: one that is not told
// when its parent is set down, and keeps the carrier that it had
// (net/8021q/vlan.c:vlan_device_event, NETDEV_DOWN).
func loose(got *link) bool {
	v, ok := values["loose_binding"](got)
	return ok && v == "true"
}

// foresee works out the carrier that an interface will have once the kernel
// has told everyone (linkwatch), from what is administratively up.
func (l *Lab) foresee(s snapshot, i *iface) carrier {
	got := s[i.node][i.index]
	switch {
	case got == nil || i.name == "lo":
		return carrierAny
	case !got.up():
		return carrierOff
	}
	switch i.spec.Kind {
	case scenarios.Veth:
		if other := l.iface(*i.spec.Cable); other != nil && other.index == got.parent() {
			if peer := s[other.node][other.index]; peer == nil || !peer.up() {
				return carrierOff
			}
			return carrierOn
		}
	case scenarios.Macvlan, scenarios.Macvtap, scenarios.VLAN, scenarios.Ipvlan:
		if parent := l.iface(*i.spec.Link); parent != nil && parent.index == got.parent() {
			if below := s[parent.node][parent.index]; loose(got) && below != nil && !below.up() {
				return carrierAny
			}
			return l.foresee(s, parent)
		}
	case scenarios.BridgeK, scenarios.Bond:
		return l.foreseePorts(s, i)
	}
	return carrierAny // a dummy's state stays "unknown"
}

// foreseePorts is foresee for an interface that has the carrier of its ports.
// A port in another state than forwarding may keep a bridge without one.
func (l *Lab) foreseePorts(s snapshot, i *iface) carrier {
	sum := carrierOff
	for _, p := range i.node.ifaces {
		got := s[i.node][p.index]
		if got == nil || got.master() != i.index {
			continue
		}
		c := l.foresee(s, p)
		if p.spec.Port != nil && p.spec.Port.State != nil || i.spec.Bridge != nil && i.spec.Bridge.STP != nil && *i.spec.Bridge.STP {
			c = carrierAny
		}
		if c == carrierOn {
			return carrierOn
		}
		if c == carrierAny {
			sum = carrierAny
		}
	}
	return sum
}

// unsettled lists the interfaces whose operational state is not yet what it
// is going to be.
func (l *Lab) unsettled(s snapshot) (list []*iface) {
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			got := s[n][i.index]
			if got != nil && got.unnoticed() && !n.watchesLinks(got.master()) {
				list = append(list, i)
				continue
			}
			want := l.foresee(s, i)
			if got == nil || want == carrierAny {
				continue
			}
			state := got.operState()
			// An ipvlan whose parent had a carrier when it was made stays unknown:
			// it took the carrier over without an event (drivers/net/ipvlan/ipvlan_main.c:
			// ipvlan_init, netif_stacked_transfer_operstate), and passes frames.
			up := state == "up" || state == "unknown" && i.spec.Kind == scenarios.Ipvlan
			if up != (want == carrierOn) {
				list = append(list, i)
			}
		}
	}
	return list
}

// watchesLinks tells whether the scenario itself says how a bond watches the
// carriers of its members, and so is about the time that takes.
func (n *node) watchesLinks(bond int) bool {
	i := n.byIndex(bond)
	return i == nil || slices.ContainsFunc(i.spec.Attributes, func(v scenarios.AttributeValue) bool {
		return v.Name == "IFLA_BOND_MIIMON" || v.Name == "IFLA_BOND_UPDELAY" || v.Name == "IFLA_BOND_DOWNDELAY"
	})
}

// settle waits until the lab is as it is going to be: carriers, and the groups
// by which IPv6 addresses are asked for.
//
// Interfaces of the list judged ("node:interface") are waited for, too, but
// whether they have come to be so is the verdict of a step.
func (l *Lab) settle(judged ...string) error {
	_, err := l.settled(judged...)
	return err
}

// settled is settle, and returns how the links were when they had settled; nil
// where some have not.
func (l *Lab) settled(judged ...string) (snapshot, error) {
	s, err := l.settleCarriers(judged)
	if err != nil {
		return nil, err
	}
	return s, l.awaitGroups()
}

// settleCarriers waits until every interface has the operational state that it is
// going to have: frames sent before are lost, though "up" has returned
// (net/core/link_watch.c runs 4 to 8 ms later). Nobody polls: each round waits
// for a netlink event of a namespace with an unsettled interface, and reads those
// again that told of one; when all that are listened to have settled, the others
// that have not; at the end, or when nothing is told, all.
func (l *Lab) settleCarriers(judged []string) (snapshot, error) {
	s, err := l.snapshot()
	if err != nil {
		return nil, err
	}
	var w *watcher
	defer func() { w.close() }()
	deadline := time.Now().Add(settleLimit())
	heeded := 0        // kicks
	changed := l.nodes // those read last
	for {
		waiting := l.unsettled(s)
		switch {
		case len(waiting) == 0 && len(changed) == len(l.nodes):
			return s, nil
		case len(waiting) == 0:
			changed = l.nodes
		case !w.hears(waiting):
			w.close()
			if w, err = watch(waiting); err != nil {
				return nil, err
			}
			changed = nodesOf(waiting) // again after subscribing: what happened in between is in there
		default:
			if changed, err = l.awaitCarrier(w, waiting, deadline, &heeded); errors.Is(err, unix.ETIMEDOUT) {
				gaveUp.Store(true)
				waiting = slices.DeleteFunc(waiting, func(i *iface) bool { return slices.Contains(judged, i.ref().String()) })
				if len(waiting) == 0 {
					return snapshot{}, nil
				}
			}
			if err != nil {
				i := waiting[0]
				state := s[i.node][i.index].operState()
				if errors.Is(err, unix.ETIMEDOUT) && heeded >= leastKicks {
					err = &unfollowed{state, len(waiting), heeded}
				} else {
					err = fmt.Errorf("still %s (of %d interfaces): %w", state, len(waiting), err)
				}
				return nil, l.fail(i.spec.Pos, i.node.plan.Pos, "wait for the carrier of", i.describe(), err)
			}
		}
		if err := l.reread(s, changed); err != nil {
			return nil, err
		}
	}
}

// awaitCarrier waits until something has happened, having kicked the kernel if
// need be, and returns the nodes to look at again; the error is ETIMEDOUT at the
// deadline. Kicks that the kernel has heeded are counted.
func (l *Lab) awaitCarrier(w *watcher, waiting []*iface, deadline time.Time, heeded *int) (changed []*node, err error) {
	for _, i := range waiting {
		if err := i.syncCarrier(); err != nil {
			return nil, err
		}
	}
	err = w.wait(time.Now().Add(patience))
	if !errors.Is(err, unix.ETIMEDOUT) || !time.Now().Before(deadline) {
		return w.heard, err
	}
	if err = l.kick(); err == nil {
		err = l.awaitKick(w, heeded)
	}
	if errors.Is(err, unix.ETIMEDOUT) && time.Now().Before(deadline) && !forgotten(*heeded, settleLimit()-time.Until(deadline)) {
		err = nil
	}
	return l.nodes, err
}

// watcher hears of changed links.
type watcher struct {
	sockets []*nl.NetlinkSocket
	nodes   []*node        // of the sockets
	known   map[*node]bool // the same
	heard   []*node        // those that told of something when it was waited last
	lab     *Lab           // whose end ends a wait
}

// listened is how many nodes are listened to at a time. In a larger lab those
// that wait for carriers take turns; by theirs most have got them, for the kernel
// tells all that it knows of at once (net/core/link_watch.c:__linkwatch_run_queue).
const listened = 64

// watch listens to the nodes of interfaces, to the first of many.
func watch(list []*iface) (*watcher, error) {
	w := &watcher{lab: list[0].node.lab, known: map[*node]bool{}}
	nodes := nodesOf(list)
	for _, n := range nodes[:min(listened, len(nodes))] {
		if err := w.subscribe(n, unix.RTNLGRP_LINK); err != nil {
			w.close()
			return nil, fmt.Errorf("watch links of %s: %w", n.name, err)
		}
	}
	return w, nil
}

// hears tells whether one of these interfaces is listened to.
func (w *watcher) hears(list []*iface) bool {
	return w != nil && slices.ContainsFunc(list, func(i *iface) bool { return w.known[i.node] })
}

// watchAddresses hears of changed IPv6 addresses.
func (n *node) watchAddresses() (*watcher, error) {
	w := &watcher{lab: n.lab, known: map[*node]bool{}}
	if err := w.subscribe(n, unix.RTNLGRP_IPV6_IFADDR); err != nil {
		return nil, fmt.Errorf("watch addresses of %s: %w", n.name, err)
	}
	return w, nil
}

func (w *watcher) subscribe(n *node, group uint) error {
	return n.ns.Do(func() error {
		sock, err := nl.Subscribe(unix.NETLINK_ROUTE, group)
		if err == nil {
			w.sockets, w.nodes = append(w.sockets, sock), append(w.nodes, n)
			w.known[n] = true
		}
		return err
	})
}

// wait returns when anything has changed, with ETIMEDOUT at the deadline.
func (w *watcher) wait(deadline time.Time) error {
	w.heard = nil
	fds := make([]unix.PollFd, len(w.sockets))
	for i, s := range w.sockets {
		fds[i] = unix.PollFd{Fd: int32(s.GetFd()), Events: unix.POLLIN}
	}
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return unix.ETIMEDOUT
		}
		if err := w.lab.unwanted(); err != nil {
			return err
		}
		n, err := poll.Wait(fds, time.Now().Add(min(left, attention)))
		if err != nil {
			return err
		}
		if n > 0 {
			break
		}
	}
	for i, s := range w.sockets {
		if fds[i].Revents != 0 {
			w.heard = append(w.heard, w.nodes[i])
			drain(s.GetFd())
		}
	}
	return nil
}

// drain throws the events away (the links are read instead; so an overflow,
// ENOBUFS, loses nothing either).
func drain(fd int) {
	var b [1 << 16]byte
	for {
		if _, _, err := unix.Recvfrom(fd, b[:], unix.MSG_DONTWAIT); err != nil && !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

func (w *watcher) close() {
	if w == nil {
		return
	}
	for _, s := range w.sockets {
		s.Close()
	}
}
