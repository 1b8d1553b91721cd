package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// neighbour is one RTM_NEWNEIGH: an entry of the ARP or ND table, or of a
// bridge's forwarding database.
type neighbour struct {
	family uint8
	index  int
	state  uint16 // NUD_*
	flags  uint8  // NTF_*
	ip     netip.Addr
	mac    net.HardwareAddr
	master int    // the bridge of an entry of a forwarding database
	vlan   uint16 // of such an entry; 0: none
	ext    uint32 // NTF_EXT_*
}

// nudStates are the names of ip-neighbour(8) by bit.
var nudStates = []struct {
	bit  uint16
	name string
}{
	{unix.NUD_INCOMPLETE, "incomplete"}, {unix.NUD_REACHABLE, "reachable"}, {unix.NUD_STALE, "stale"},
	{unix.NUD_DELAY, "delay"}, {unix.NUD_PROBE, "probe"}, {unix.NUD_FAILED, "failed"},
	{unix.NUD_NOARP, "noarp"}, {unix.NUD_PERMANENT, "permanent"},
}

func nudName(state uint16) string {
	var names []string
	for _, s := range nudStates {
		if state&s.bit != 0 {
			names = append(names, s.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, " ")
}

// ndmsg is struct ndmsg of linux/neighbour.h, 12 bytes.
type ndmsg struct {
	family uint8
	index  int
	state  uint16
	flags  uint8
}

func (m ndmsg) Len() int { return 12 }

func (m ndmsg) Serialize() []byte {
	b := make([]byte, 4, 12) // family, pad1, pad2
	b[0] = m.family
	b = binary.NativeEndian.AppendUint32(b, uint32(m.index))
	b = binary.NativeEndian.AppendUint16(b, m.state)
	return append(b, m.flags, 0) // ndm_type
}

// neighbours lists a table, AF_INET, AF_INET6 or AF_BRIDGE; AF_UNSPEC those of
// both stacks. The kernel goes through the entries of all namespaces to find those
// of one (net/core/neighbour.c:neigh_dump_table), so that one request is made where
// one will do.
func (c *conn) neighbours(family uint8) ([]neighbour, error) {
	msgs, err := c.dump(unix.RTM_GETNEIGH, ndmsg{family: family})
	if err != nil {
		return nil, err
	}
	var all []neighbour
	for _, m := range msgs {
		if x, ok := parseNeighbour(m); ok && (x.family == family || family == unix.AF_UNSPEC && (x.family == unix.AF_INET || x.family == unix.AF_INET6)) {
			all = append(all, x)
		}
	}
	return all, nil
}

// parseNeighbour reads an RTM_NEWNEIGH.
func parseNeighbour(m []byte) (neighbour, bool) {
	if len(m) < 12 {
		return neighbour{}, false
	}
	a := parseAttrs(m[12:])
	ip, _ := netip.AddrFromSlice(a[unix.NDA_DST])
	return neighbour{
		family: m[0],
		index:  int(binary.NativeEndian.Uint32(m[4:])),
		state:  binary.NativeEndian.Uint16(m[8:]),
		flags:  m[10],
		ip:     ip,
		mac:    a[unix.NDA_LLADDR],
		master: int(a.u32(unix.NDA_MASTER)),
		vlan:   a.u16(unix.NDA_VLAN),
		ext:    a.u32(ndaFlagsExt),
	}, true
}

func (n *node) addNeighbour(x scenarios.Neighbour) error {
	err := func() error {
		i, err := n.lab.need(recording.Ref{Node: n.name, Iface: x.Iface})
		if err != nil {
			return err
		}
		if x.Proxy {
			if err := i.allowFamily(x.IP); err != nil {
				return err
			}
			return n.proxyCommand(i, x)
		}
		state := uint16(unix.NUD_PERMANENT)
		for _, s := range nudStates {
			if s.name == x.State {
				state = s.bit
			}
		}
		head := ndmsg{family: uint8(family(x.IP)), index: i.index, state: state}
		if x.Op == "del" {
			return n.conn.do(unix.RTM_DELNEIGH, 0, head, attr(unix.NDA_DST, x.IP.AsSlice()))
		}
		mac, err := n.lab.resolveMAC(x.MAC)
		if err != nil {
			return err
		}
		if err := i.allowFamily(x.IP); err != nil { // a switch's bridge has neighbours, but no address
			return err
		}
		err = n.conn.do(unix.RTM_NEWNEIGH, neighbourFlags[x.Op], head, attr(unix.NDA_DST, x.IP.AsSlice()), attr(unix.NDA_LLADDR, mac))
		return limited(err, unix.ENOBUFS, moreNeighbours)
	}()
	return n.lab.fail(x.Pos, n.plan.Pos, fdbOp(x.Op)+" neighbour", n.name+":"+x.Iface+" "+x.IP.String(), err)
}

// forget removes those entries of both neighbour tables that match, and
// returns how many there were.
func (n *node) forget(match func(neighbour) bool) (int, error) {
	list, err := n.conn.neighbours(unix.AF_UNSPEC)
	if err != nil {
		return 0, err
	}
	gone := 0
	for _, x := range list {
		if !match(x) {
			continue
		}
		err := n.conn.do(unix.RTM_DELNEIGH, 0, ndmsg{family: x.family, index: x.index}, attr(unix.NDA_DST, x.ip.AsSlice()))
		if err != nil && !errors.Is(err, unix.ENOENT) { // gone by itself meanwhile
			return gone, err
		}
		gone++
	}
	return gone, nil
}

// Questions says which questions to neighbours are meant.
type Questions uint8

// Those that Lab.GiveUp ends.
const (
	OwnQuestions Questions = iota // of interfaces whose repetitions are put off
	AllQuestions                  // of those as well on which the kernel asks again by itself
)

// GiveUp ends the questions that no neighbour has answered, and returns how
// many there were. The kernel does the same, by itself, when it has asked as
// often as it may: the sender of what is queued behind the question is told that
// the host cannot be reached (net/core/neighbour.c: neigh_invalidate, called by
// neigh_timer_handler and, by way of neigh_delete, here). So what comes of an
// unanswered question comes now instead of seconds later. The next packet asks
// anew.
func (l *Lab) GiveUp(q Questions) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	total := 0
	for _, n := range l.nodes {
		if q == OwnQuestions && l.timed {
			break
		}
		gone, err := n.forget(func(x neighbour) bool {
			return x.state&(unix.NUD_INCOMPLETE|unix.NUD_FAILED) != 0 && (q == AllQuestions || !n.asksAgain(x))
		})
		if err != nil {
			return total, l.fail(n.plan.Pos, n.plan.Pos, "give up the questions of", n.name, err)
		}
		total += gone
	}
	return total, nil
}

// asksAgain tells whether the scenario has set the timer by which an entry is
// asked for again, so that the kernel gives it up by itself.
func (n *node) asksAgain(x neighbour) bool {
	i := n.byIndex(x.index)
	return i != nil && n.timersSet[neighbourConf{i.name, x.family}].retrans
}

// Asking are the neighbours that a stack of the lab may send a question for
// without anything else happening: those that it is resolving, and those that
// it is about to ask whether they are still there (NUD_DELAY, NUD_PROBE).
func (l *Lab) Asking() ([]recording.Asking, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []recording.Asking
	for _, n := range l.nodes {
		list, err := n.conn.neighbours(unix.AF_UNSPEC)
		if err != nil {
			return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the neighbours of", n.name, err)
		}
		for _, x := range list {
			i := n.byIndex(x.index)
			if i == nil || x.state&(unix.NUD_INCOMPLETE|unix.NUD_DELAY|unix.NUD_PROBE) == 0 {
				continue
			}
			out = append(out, recording.Asking{Point: i.ref().String(), IP: x.ip, State: nudName(x.state)})
		}
	}
	return out, nil
}

// ForgetNeighbours removes all entries of all neighbour tables: they count
// against a limit that all namespaces of the kernel share (gc_thresh3).
func (l *Lab) ForgetNeighbours() error {
	for _, n := range l.nodes {
		if _, err := n.forget(func(neighbour) bool { return true }); err != nil {
			return l.fail(n.plan.Pos, n.plan.Pos, "forget neighbours of", n.name, err)
		}
	}
	return nil
}

// ndaFlagsExt is NDA_FLAGS_EXT (linux/neighbour.h since 5.16), and
// ntfExtLocked its flag NTF_EXT_LOCKED; ntfSticky is NTF_STICKY.
const (
	ndaFlagsExt  = 15
	ntfExtLocked = 2
	ntfSticky    = 0x40
)
