package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/internal/netns"
	"netverify/recording"
	"netverify/scenarios"
)

// firstIndex is the ifindex of the first link that a lab makes. Every link of
// a lab has an index of its own, across namespaces: parents are then told
// apart by number, and the kernel reports the carrier of a veth at once, which
// it puts off for up to a second where both ends have the same index
// (net/core/link_watch.c:linkwatch_urgent_event).
const firstIndex = 11

// Lab is a plan's topology, living in the kernel.
type Lab struct {
	file   string // of the scenario, for errors
	nodes  []*node
	named  map[string]*node // the same by name
	makers map[int]*node    // of the links that it has made, by their indexes

	ctx context.Context // when it ends, nothing is asked of the kernel any more

	fresh      fresh           // how this machine makes namespaces
	portStates map[string]bool // nodes with bridge ports whose state the scenario sets by hand
	timed      bool            // the scenario is about the stacks' timers: repetitions are the kernel's own

	vlanOffload bool // tags travel beside the frames

	mu     sync.RWMutex // guards what follows and node.ifaces
	index  int          // of the link made last
	kicker *kicker      // nil until it is needed
}

// node is one namespace.
type node struct {
	peers sync.Map // nodes by the ids that they have in this namespace; they keep them

	lab      *Lab
	name     string
	plan     *scenarios.Node
	ns       *netns.NS
	conn     *conn
	proc     *procfs           // its sysctls
	ifaces   []*iface          // lo, br0, then in plan order
	named    map[string]*iface // the same by name
	numbered map[int]*iface    // and by index
	six      bool              // an interface uses IPv6
	built    reading           // what was compared with the plan

	filters bool // it was given a packet filter
	masked  bool // the scenario has set its net.core.rps_default_mask

	timersSet map[neighbourConf]setTimers // the neighbour timers that the scenario sets itself
	said      map[string]string           // what the scenario has written below net.ipv6.conf, by file
	stirred   bool                        // repetitions are not put off on all of its interfaces, or were once changed
}

// iface is one interface that the lab has made (or found: lo).
type iface struct {
	node  *node
	name  string
	index int
	spec  scenarios.Interface // zero for lo

	judged []string // keys that the step which made it judges

	joined []net.HardwareAddr // groups that it has joined for the scenario
	groups map[netip.Addr]int // sockets that hold the memberships of multicast groups
}

func (i *iface) ref() recording.Ref { return recording.Ref{Node: i.node.name, Iface: i.name} }

// fail makes an *Error at the first of two positions that is known.
func (l *Lab) fail(pos, or scenarios.Pos, op, object string, err error) error {
	if err == nil {
		return nil
	}
	if pos.Line == 0 {
		pos = or
	}
	return &Error{File: l.file, Pos: pos, Op: op, Object: object, Err: err}
}

func (l *Lab) node(name string) *node {
	return l.named[name]
}

func (l *Lab) iface(ref recording.Ref) *iface {
	if n := l.node(ref.Node); n != nil {
		return n.iface(ref.Iface)
	}
	return nil
}

func (n *node) iface(name string) *iface {
	return n.named[name]
}

// have makes these the interfaces of a node.
func (n *node) have(list []*iface) {
	n.ifaces = list
	n.named, n.numbered = make(map[string]*iface, len(list)), make(map[int]*iface, len(list))
	for _, i := range list {
		n.named[i.name], n.numbered[i.index] = i, i
	}
}

// gain adds an interface.
func (n *node) gain(i *iface) {
	n.ifaces = append(n.ifaces, i)
	n.named[i.name], n.numbered[i.index] = i, i
}

// need is iface for things that a plan refers to.
func (l *Lab) need(ref recording.Ref) (*iface, error) {
	if i := l.iface(ref); i != nil {
		return i, nil
	}
	return nil, fmt.Errorf("%s: %w", ref, unix.ENODEV)
}

// NS returns the namespace of a node, nil where there is no such node. It
// belongs to the lab.
func (l *Lab) NS(node string) *netns.NS {
	if n := l.node(node); n != nil {
		return n.ns
	}
	return nil
}

// Lookup asks the kernel for an interface's index (in its own namespace) and
// its present MAC; ok is false where it does not exist (any more).
func (l *Lab) Lookup(ref recording.Ref) (ifindex int, mac net.HardwareAddr, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i := l.iface(ref)
	if i == nil {
		return 0, nil, false
	}
	got, err := i.node.conn.link(i.index)
	if err != nil {
		return 0, nil, false
	}
	return got.index, got.mac, true
}

// Close gives up the namespaces. The kernel takes them away with all their
// links, asynchronously, once taps and sockets of others are closed as well.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	errs := []error{l.kicker.close()}
	l.kicker = nil
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			errs = append(errs, i.leaveGroups(nil))
		}
		if n.conn != nil {
			n.conn.close()
			n.conn = nil
		}
		n.proc.leave()
		n.proc = nil
		if n.ns != nil {
			errs = append(errs, n.ns.Close())
		}
	}
	l.nodes, l.named = nil, nil
	return errors.Join(errs...)
}
