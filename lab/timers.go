package lab

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// A stack's own timers are no part of what a scenario asks. Those by which a
// neighbour table sends or holds frames are set when an interface is made, and
// a scenario's sysctls, which come later, have the last word:
//
//   - delays are zero: an answer on another's behalf (proxy_delay) and an
//     anycast's (anycast_delay) leave at once, and a neighbour's new MAC counts
//     at once (locktime, which is less than zero: see atOnce);
//   - repetitions are put off beyond any scenario: a question that nobody
//     answered is not asked again (retrans_time), and a neighbour that was
//     reachable stays so (base_reachable_time, delay_probe_time).
//
// A question that has found no answer when the lab is at rest is given up by
// netverify (Lab.GiveUp), through the same function as the kernel's timer would.
// A scenario that is about the timers (Plan.Timed) keeps the repetitions as the
// kernel has them; the delays are zero there, too.

// putOff is how long a lab's stacks wait before they repeat anything: longer
// than any scenario runs (scenarios.MaxWait).
const putOff = 24 * time.Hour

// atOnce is a locktime, in milliseconds, with which each answer counts. With
// zero those of one tick of the kernel do not, for an answer has to be later
// than the one before (net/ipv4/arp.c:arp_process), and a tick, up to 10 ms, is
// longer than two steps of a scenario. The kernel takes a number of this size
// for one that is negative and ends, in its table of ints, with -2 ticks
// (kernel/time/time.c:msecs_to_jiffies, net/core/neighbour.c:neightbl_set).
const atOnce = time.Duration(math.MaxUint32) * time.Millisecond

// Attributes of linux/neighbour.h.
const (
	ndtaName   = 1
	ndtaConfig = 5
	ndtaParms  = 6

	ndtpaIfindex           = 1
	ndtpaBaseReachableTime = 4
	ndtpaRetransTime       = 5
	ndtpaDelayProbeTime    = 7
	ndtpaUcastProbes       = 10
	ndtpaMcastProbes       = 11
	ndtpaAnycastDelay      = 12
	ndtpaProxyDelay        = 13
	ndtpaLocktime          = 15
)

// neighbourTables are the tables of net/ipv4/arp.c and net/ipv6/ndisc.c.
var neighbourTables = []struct {
	family uint8
	name   string
}{{unix.AF_INET, "arp_cache"}, {unix.AF_INET6, "ndisc_cache"}}

// ndtmsg is struct ndtmsg of linux/neighbour.h, 4 bytes.
type ndtmsg struct{ family uint8 }

func (m ndtmsg) Len() int { return 4 }

func (m ndtmsg) Serialize() []byte { return []byte{m.family, 0, 0, 0} }

// quietTimers takes the timers of both neighbour tables off an interface.
func (i *iface) quietTimers() error {
	i.node.unsaid(i.name)
	for _, t := range neighbourTables {
		delete(i.node.timersSet, neighbourConf{i.name, t.family}) // of an interface that had the name before
		type parameter struct {
			typ   int
			value time.Duration
		}
		list := []parameter{{ndtpaProxyDelay, 0}, {ndtpaAnycastDelay, 0}, {ndtpaLocktime, atOnce}}
		if !i.node.lab.timed {
			list = append(list, parameter{ndtpaBaseReachableTime, putOff}, parameter{ndtpaDelayProbeTime, putOff})
			// Duplicate address detection waits for this time, too
			// (net/ipv6/addrconf.c:addrconf_dad_work).
			if t.family != unix.AF_INET6 || !i.spec.DAD {
				list = append(list, parameter{ndtpaRetransTime, putOff})
			} else {
				i.node.stirred = true
			}
		}
		parms := nest(ndtaParms, attr32(ndtpaIfindex, uint32(i.index)))
		for _, p := range list {
			parms.AddChild(attr(p.typ, binary.NativeEndian.AppendUint64(nil, uint64(p.value.Milliseconds()))))
		}
		err := i.node.conn.do(unix.RTM_SETNEIGHTBL, 0, ndtmsg{t.family}, attrString(ndtaName, t.name), parms)
		// ENOENT: a kernel without IPv6, or an MTU below 1280, with which there is
		// none (net/core/neighbour.c:neightbl_set).
		switch {
		case err == nil:
		case t.family == unix.AF_INET6 && errors.Is(err, unix.ENOENT):
			i.node.stirred = true // it may have one later
		default:
			return err
		}
	}
	return nil
}

// timers reads how long the interfaces of a node wait before they ask a
// neighbour again, those that will within a scenario.
func (n *node) timers() ([]recording.NeighbourTimer, error) {
	var out []recording.NeighbourTimer
	msgs, err := n.conn.dump(unix.RTM_GETNEIGHTBL, ndtmsg{unix.AF_UNSPEC}) // every table
	if err != nil {
		return nil, err
	}
	for _, m := range msgs {
		if len(m) < 4 {
			continue
		}
		family := m[0]
		p := parseAttrs(m[4:]).nested(ndtaParms)
		retrans := p.duration(ndtpaRetransTime)
		i := n.byIndex(int(p.u32(ndtpaIfindex)))
		if i == nil || i.name == "lo" || retrans >= putOff {
			continue
		}
		out = append(out, recording.NeighbourTimer{
			Point: i.ref().String(), IPv6: family == unix.AF_INET6, Retrans: int64(retrans),
			Probes: int(p.u32(ndtpaMcastProbes)), Set: n.timersSet[neighbourConf{i.name, family}].retrans,
		})
	}
	return out, nil
}

// duration reads a number of milliseconds.
func (a attrs) duration(typ int) time.Duration {
	if b := a[typ]; len(b) >= 8 {
		return time.Duration(min(binary.NativeEndian.Uint64(b), uint64(putOff.Milliseconds()))) * time.Millisecond
	}
	return putOff
}

func (n *node) byIndex(index int) *iface {
	return n.numbered[index]
}

// askedForTimers is how many nodes are asked for their timers though nobody has changed
// them: all of a usual lab. The kernel goes through the timers of all interfaces
// that there are, in any namespace, to tell those of one
// (net/core/neighbour.c:neightbl_dump_info): of thousands of nodes that takes
// longer than all else. What was put off there was acknowledged.
const askedForTimers = 64

// Timers tells which interfaces of the lab ask a neighbour again within a
// scenario. With none of them each question is asked once. An advertisement may
// have changed those of any node, unnoticed.
func (l *Lab) Timers(advertised bool) ([]recording.NeighbourTimer, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []recording.NeighbourTimer
	for k, n := range l.nodes {
		if k >= askedForTimers && !advertised && !l.timed && !n.stirred && len(n.timersSet) == 0 {
			continue
		}
		list, err := n.timers()
		if err != nil {
			return nil, l.fail(n.plan.Pos, n.plan.Pos, "read the neighbour timers of", n.name, err)
		}
		out = append(out, list...)
	}
	return out, nil
}

// neighbourConf is what stands below net.ipv4.neigh or net.ipv6.neigh.
type neighbourConf struct {
	iface  string
	family uint8
}

// setTimers are the timers of an interface's neighbours that the scenario has
// set. Where it has set others only (locktime), these are the lab's still.
type setTimers struct {
	retrans bool // when a question is asked again
	delay   bool // when a neighbour that was heard of is asked whether it is there
}

// noteTimer keeps that a sysctl of the scenario sets a neighbour timer.
func (n *node) noteTimer(s scenarios.Sysctl) {
	conf, leaf, ok := neighbourConfOf(s.Key)
	if !ok {
		return
	}
	if n.timersSet == nil {
		n.timersSet = map[neighbourConf]setTimers{}
	}
	set := n.timersSet[conf]
	switch leaf {
	case "retrans_time", "retrans_time_ms":
		set.retrans = true
	case "delay_first_probe_time":
		set.delay = true
	}
	n.timersSet[conf] = set
}
